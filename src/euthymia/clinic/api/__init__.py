"""The interface for programs: the same services and rights as the pages, by tokens with scopes."""
