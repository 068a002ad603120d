"""The induced field by linear finite elements on tetrahedra, recovered inside one tissue."""
