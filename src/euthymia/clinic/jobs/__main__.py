"""`python -m euthymia.clinic.jobs [PARENT]`: a worker; it ends with the process PARENT."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "euthymia.clinic.config.settings")
    import django

    django.setup()
    from euthymia.clinic.jobs.worker import main

    main(int(sys.argv[1]) if len(sys.argv) > 1 else None)
