import pytest

from tests.hub import running_hub, wait_until
from tests.queues.faults.watching import diagnosis, readiness

pytestmark = pytest.mark.kill


def test_a_disk_that_goes_away_and_comes_back_is_seen_and_survived(tmp_path):
    place, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    place.mkdir()
    with running_hub(place) as hub:
        supervisor = hub.start("hub_run")
        wait_until(lambda: readiness(hub)[0] == 200, seconds=60, what="a ready hub")

        place.rename(elsewhere)
        assert readiness(hub) == (503, {"disk": "cannot be written to: No such file or directory"})

        elsewhere.rename(place)
        wait_until(lambda: readiness(hub)[0] == 200, seconds=60, what="a ready hub again")
        wait_until(lambda: diagnosis(hub)[0] == 0, seconds=60, what="a healthy hub")
        supervisor.terminate()
        assert supervisor.wait(timeout=60) == 0
