"""Jobs: started by right, done once, told about, stopped and begun again."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django_tasks_db.models import DBTaskResult

from clinic.conftest import SmallClinic
from clinic.jobs import kinds  # noqa: F401 - registers the kinds
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Membership, Role, Site
from euthymia.clinic.jobs import services
from euthymia.clinic.jobs.models import Job, State, Worker
from euthymia.clinic.jobs.performing import begin, end, perform
from euthymia.clinic.jobs.reporting import Abandoned, Cancelled, JobProgress
from euthymia.core.errors import InputError

DEAD_PID = 2**22 + 12345  # above what the kernel gives


def started(clinic: SmallClinic, kind: str = "test_add", **arguments: object) -> Job:
    given = arguments or {"numbers": [1, 2, 3]}
    return services.start(clinic.who(Role.RESEARCHER), kind, None, given)


def done(job: Job) -> Job:
    begun = begin(str(job.pk))
    assert begun is not None
    perform(begun)
    job.refresh_from_db()
    return job


def running(job: Job, worker: Worker | None = None) -> Job:
    begun = begin(str(job.pk), worker)
    assert begun is not None
    return begun


def worker(pid: int = DEAD_PID, silent_s: float = 0.0, host: str = "") -> Worker:
    beat = clock.now() - timedelta(seconds=silent_s)
    return Worker.objects.create(
        host=host or socket.gethostname(), pid=pid, started_at=beat, beat_at=beat
    )


def test_a_job_is_done_and_keeps_its_result(clinic: SmallClinic) -> None:
    job = done(started(clinic))
    assert (job.state, job.result, job.fraction) == ("done", {"sum": 6, "url": "/account/me/"}, 1.0)
    assert job.attempt == 1
    assert job.ended_at is not None


def test_a_job_goes_by_the_clocks_of_the_site_it_belongs_to(clinic: SmallClinic) -> None:
    Site.objects.filter(pk=clinic.site.pk).update(time_zone="Pacific/Auckland")
    west = Site.objects.create(name="West", time_zone="America/Los_Angeles", country="US")
    psychiatrist = clinic.people[Role.PSYCHIATRIST]
    Membership.objects.create(user=psychiatrist, site=west, role=Role.PSYCHIATRIST.value)
    patient = clinic.patient(west)
    with clock.at(datetime(2026, 11, 27, 20, 0, tzinfo=UTC)):
        assert done(started(clinic, "test_day")).result == {"day": "2026-11-28"}
        asked = services.start(clinic.who(Role.PSYCHIATRIST), "test_patients_day", patient)
        assert done(asked).result == {"day": "2026-11-27"}


def test_the_queue_holds_the_job_once(clinic: SmallClinic) -> None:
    job = started(clinic)
    assert DBTaskResult.objects.ready().count() == 1
    job.refresh_from_db()
    assert str(job.task_id) == str(DBTaskResult.objects.get().pk)


def test_the_same_work_asked_for_twice_is_one_job(clinic: SmallClinic) -> None:
    first = started(clinic)
    assert started(clinic).pk == first.pk
    assert started(clinic, numbers=[4]).pk != first.pk
    done(first)
    assert started(clinic).pk != first.pk


def test_nobody_starts_a_job_without_its_right(clinic: SmallClinic) -> None:
    with pytest.raises(PermissionDenied, match="run the virtual clinic"):
        services.start(clinic.who(Role.OPERATOR), "test_add", None, {"numbers": []})
    with pytest.raises(PermissionDenied, match="build a head model"):
        services.start(clinic.who(Role.COORDINATOR), "test_patient", clinic.patient(), {})
    assert not Job.objects.exists()


def test_an_unknown_kind_is_refused(clinic: SmallClinic) -> None:
    with pytest.raises(InputError, match="does not know that kind"):
        services.start(clinic.who(Role.RESEARCHER), "knit", None, {})


def test_the_work_learns_of_its_patient_and_its_starter(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    job = done(services.start(clinic.who(Role.OPERATOR), "test_patient", patient, {}))
    assert job.result == {"patient": str(patient.pk)}
    who = services.starter_of({"user_id": job.started_by_id})
    assert who == clinic.who(Role.OPERATOR)


def test_the_rights_of_a_starter_are_those_of_the_moment(clinic: SmallClinic) -> None:
    user = clinic.people[Role.OPERATOR]
    Membership.objects.filter(user=user).delete()
    assert not services.starter_of({"user_id": user.pk}).is_staff
    user.is_active = False
    user.save()
    with pytest.raises(PermissionDenied, match="can no longer log in"):
        services.starter_of({"user_id": user.pk})


def test_a_refusal_is_kept_as_its_sentence(clinic: SmallClinic) -> None:
    job = done(started(clinic, "test_refuse"))
    assert job.state == State.FAILED
    assert job.error == "the image: it is sheared. Export it again."


def test_a_fault_of_the_program_names_its_kind_and_no_data(clinic: SmallClinic) -> None:
    job = done(started(clinic, "test_break"))
    assert job.state == State.FAILED
    assert "ZeroDivisionError" in job.error
    assert "Ada" not in job.error


def test_progress_is_written_at_most_twice_a_second(
    clinic: SmallClinic, django_assert_num_queries: object
) -> None:
    job = running(started(clinic))
    seconds = iter([0.0, 0.1, 0.2, 0.6, 0.7])
    progress = JobProgress(job, monotonic_s=lambda: next(seconds))
    step = progress.start("Adding", 4)
    seen = []
    for _ in range(4):
        step.advance()
        job.refresh_from_db()
        seen.append((job.title, job.fraction))
    assert seen == [("Adding", 0.0), ("Adding", 0.0), ("Adding", 0.75), ("Adding", 0.75)]


def test_a_waiting_job_is_cancelled_at_once_and_never_begun(clinic: SmallClinic) -> None:
    job = started(clinic)
    services.cancel(clinic.who(Role.RESEARCHER), job)
    assert job.state == State.CANCELLED
    assert begin(str(job.pk)) is None


def test_a_running_job_is_cancelled_at_its_next_step(clinic: SmallClinic) -> None:
    job = running(started(clinic))
    services.cancel(clinic.who(Role.RESEARCHER), job)
    assert job.state == State.RUNNING
    with pytest.raises(Cancelled):
        JobProgress(job).start("Adding", 1)
    perform(job)
    job.refresh_from_db()
    assert (job.state, job.result) == (State.CANCELLED, None)


def test_cancelling_what_has_ended_changes_nothing(clinic: SmallClinic) -> None:
    job = done(started(clinic))
    services.cancel(clinic.who(Role.RESEARCHER), job)
    assert (job.state, job.cancel_asked) == (State.DONE, False)


def test_a_failed_job_can_be_tried_again(clinic: SmallClinic) -> None:
    job = done(started(clinic, "test_break"))
    services.retry(clinic.who(Role.RESEARCHER), job)
    assert (job.state, job.error) == (State.QUEUED, "")
    assert done(job).attempt == 2


def test_a_done_job_is_not_tried_again(clinic: SmallClinic) -> None:
    with pytest.raises(InputError, match="has not failed"):
        services.retry(clinic.who(Role.RESEARCHER), done(started(clinic)))


def test_a_job_of_a_dead_worker_is_tried_once_more_and_then_given_up(clinic: SmallClinic) -> None:
    job = running(started(clinic), worker())
    assert services.recover() == 1
    job.refresh_from_db()
    assert (job.state, job.lost) == (State.QUEUED, 1)
    running(job, worker(pid=DEAD_PID + 1))
    assert services.recover() == 1
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert "stopped twice" in job.error
    assert not Worker.objects.exists()


def test_a_worker_elsewhere_is_dead_only_after_its_silence(clinic: SmallClinic) -> None:
    job = running(started(clinic), worker(host="elsewhere", silent_s=services.SILENT_S - 10))
    assert services.recover() == 0
    Worker.objects.update(beat_at=clock.now() - timedelta(seconds=services.SILENT_S + 1))
    assert services.recover() == 1
    job.refresh_from_db()
    assert job.state == State.QUEUED


def test_a_living_worker_keeps_its_job(clinic: SmallClinic) -> None:
    job = running(started(clinic), worker(pid=os.getpid()))
    assert services.recover() == 0
    job.refresh_from_db()
    assert job.state == State.RUNNING


def test_a_cancelled_job_of_a_dead_worker_is_not_tried_again(clinic: SmallClinic) -> None:
    job = running(started(clinic), worker())
    services.cancel(clinic.who(Role.RESEARCHER), job)
    services.recover()
    job.refresh_from_db()
    assert job.state == State.CANCELLED


def test_a_waiting_job_that_the_queue_forgot_is_put_into_it_again(clinic: SmallClinic) -> None:
    job = started(clinic)
    DBTaskResult.objects.all().delete()
    assert services.recover() == 1
    assert DBTaskResult.objects.ready().count() == 1
    assert services.recover() == 0
    assert done(job).state == State.DONE


def test_a_worker_thought_dead_cannot_disturb_its_successor(clinic: SmallClinic) -> None:
    first = running(started(clinic), worker())
    services.recover()
    second = running(first, worker(pid=os.getpid()))
    with pytest.raises(Abandoned):
        JobProgress(first).start("Adding", 1)
    assert not end(first, State.DONE, result={"sum": -1})
    perform(second)
    second.refresh_from_db()
    assert (second.state, second.attempt, second.result["sum"]) == (State.DONE, 2, 6)


def test_a_job_given_back_waits_without_counting_as_lost(clinic: SmallClinic) -> None:
    job = running(started(clinic), worker())
    services.give_back(job)
    assert (job.state, job.lost) == (State.QUEUED, 0)


def test_the_queue_forgets_what_is_long_done(clinic: SmallClinic) -> None:
    started(clinic)
    DBTaskResult.objects.update(
        status="SUCCESSFUL", finished_at=clock.now() - services.KEPT_FOR - timedelta(days=1)
    )
    done(Job.objects.get())
    services.recover()
    assert not DBTaskResult.objects.exists()


# Pages -----------------------------------------------------------------------------------------


def test_the_page_looks_again_only_while_the_job_is_active(clinic: SmallClinic) -> None:
    client = clinic.client(Role.RESEARCHER)
    job = started(clinic)
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert "Cancel the job" in page
    done(job)
    answer = client.get(f"/jobs/{job.pk}/state/", headers={"X-Background": "1"})
    assert "hx-trigger" not in answer.content.decode()
    assert "Open the result" in answer.content.decode()
    assert answer.headers["HX-Trigger"] == "job-ended"


def test_the_page_shows_how_far_it_is(clinic: SmallClinic) -> None:
    job = running(started(clinic))
    Job.objects.update(title="Adding", fraction=0.42)
    page = clinic.client(Role.RESEARCHER).get(f"/jobs/{job.pk}/state/").content.decode()
    assert '<progress value="42" max="100"' in page
    assert "Adding" in page


def test_the_buttons_cancel_and_retry(clinic: SmallClinic) -> None:
    client = clinic.client(Role.RESEARCHER)
    job = started(clinic)
    assert client.post(f"/jobs/{job.pk}/cancel/").url == f"/jobs/{job.pk}/"
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    again = client.post(f"/jobs/{job.pk}/retry/", headers={"HX-Request": "true"})
    assert "waiting" in again.content.decode()


def test_only_post_changes_a_job(clinic: SmallClinic) -> None:
    job = started(clinic)
    assert clinic.client(Role.RESEARCHER).get(f"/jobs/{job.pk}/cancel/").status_code == 405
    job.refresh_from_db()
    assert job.state == State.QUEUED


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.RESEARCHER, 200),
        (Role.ADMINISTRATOR, 200),
        (Role.PSYCHIATRIST, 404),
        (Role.OPERATOR, 404),
        (Role.COORDINATOR, 404),
        (None, 302),
    ],
)
def test_a_job_without_a_patient_is_its_starters(
    clinic: SmallClinic, role: Role | None, status: int
) -> None:
    job = started(clinic)
    assert clinic.client(role).get(f"/jobs/{job.pk}/").status_code == status


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.OPERATOR, 200),
        (Role.PSYCHIATRIST, 200),
        (Role.COORDINATOR, 403),
        (Role.RESEARCHER, 404),
        (Role.ADMINISTRATOR, 404),
    ],
)
def test_a_patients_job_is_seen_by_those_who_may_start_it(
    clinic: SmallClinic, role: Role, status: int
) -> None:
    job = services.start(clinic.who(Role.OPERATOR), "test_patient", clinic.patient(), {})
    assert clinic.client(role).get(f"/jobs/{job.pk}/").status_code == status
    assert clinic.client(role).post(f"/jobs/{job.pk}/cancel/").status_code in {status, 302}


def test_a_patients_job_at_another_site_is_out_of_reach(clinic: SmallClinic) -> None:
    south = Site.objects.create(name="South")
    patient = clinic.patient(south)
    job = Job.objects.create(kind="test_patient", patient=patient, asked_at=clock.now())
    assert clinic.client(Role.OPERATOR).get(f"/jobs/{job.pk}/").status_code == 403


def test_the_list_shows_ones_own_jobs(clinic: SmallClinic) -> None:
    started(clinic)
    assert "Add numbers" in clinic.client(Role.RESEARCHER).get("/jobs/").content.decode()
    assert "Add numbers" not in clinic.client(Role.PSYCHIATRIST).get("/jobs/").content.decode()


def test_a_job_of_a_kind_that_is_gone_can_still_be_seen(clinic: SmallClinic) -> None:
    job = started(clinic)
    Job.objects.update(kind="from_an_older_version")
    answer = clinic.client(Role.RESEARCHER).get(f"/jobs/{job.pk}/")
    assert answer.status_code == 200
    assert "Cancel the job" not in answer.content.decode()
