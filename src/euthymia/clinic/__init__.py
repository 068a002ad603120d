"""The web application: accounts, policies, services, pages, API and jobs."""
