"""When: a course of sessions on a calendar, in room that patient and clinic both have.

`schedule` places every session of a course rule between opening hours, public holidays and the
patient's own free hours; `reschedule` does so again after missed sessions; `to_ical` writes the
calendar file. What the calendar had to bend or could not do stands in the findings.
"""

from euthymia.plan.course.conventions import Conventions, conventions
from euthymia.plan.course.hours import WEEKDAYS, Availability, Busy, Hours, WeekHours
from euthymia.plan.course.ical import to_ical
from euthymia.plan.course.public_holidays import PublicHolidays
from euthymia.plan.course.reference import rules_markdown
from euthymia.plan.course.reschedule import reschedule
from euthymia.plan.course.schedule import schedule
from euthymia.plan.course.site import OFFICE_HOURS, Site
from euthymia.plan.course.values import Choices, Course, ExtensionPlan, PlannedSession

__all__ = [
    "OFFICE_HOURS",
    "WEEKDAYS",
    "Availability",
    "Busy",
    "Choices",
    "Conventions",
    "Course",
    "ExtensionPlan",
    "Hours",
    "PlannedSession",
    "PublicHolidays",
    "Site",
    "WeekHours",
    "conventions",
    "reschedule",
    "rules_markdown",
    "schedule",
    "to_ical",
]
