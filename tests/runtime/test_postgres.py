"""The embedded PostgreSQL: it starts, keeps others out, and never outlives us."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from runtime import Cluster, StartProblem, identity, running_url
from runtime.child import alive
from tests.runtime.waiting import until

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from runtime import Cluster
cluster = Cluster.at(Path(sys.argv[1]), durable=False)
cluster.start()
print(cluster._server.pid, flush=True)
time.sleep(600)
"""
INSTALLED = [None, *Path("/usr/lib/postgresql").glob("*/bin")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "my data" / "postgres"


@pytest.fixture(
    scope="module", params=INSTALLED, ids=lambda named: named.parent.name if named else "wheel"
)
def shared(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("my data") / "postgres"
    cluster = Cluster.at(folder, request.param, durable=False)
    yield cluster
    cluster.stop()


@pytest.fixture
def started(shared: Cluster) -> Cluster:
    """Return a cluster of each version that is here; a test may stop it."""
    if not shared.running:
        shared.start()
    return shared


def plain(cluster: Cluster) -> str:
    return cluster.url.replace("+psycopg", "")


def hold(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """Start another process that runs the cluster; return it and its server."""
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    return other, int(other.stdout.readline())


def test_what_was_committed_is_there_after_a_stop_and_a_start(started: Cluster):
    with psycopg.connect(plain(started)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'Ärger' AS word")
    started.stop()
    assert not started.running

    started.start()

    with psycopg.connect(plain(started)) as connection:
        assert connection.execute("SELECT lower(word) FROM kept").fetchone() == ("ärger",)
        assert connection.info.user == connection.info.dbname == "earshot"


def test_only_the_password_opens_it(started: Cluster):
    password = (started.folder / "password").read_text().strip()
    assert (started.folder / "password").stat().st_mode & 0o777 == 0o600
    assert password in started.url
    for wrong in ("", "guess"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(plain(started).replace(password, wrong))


def test_it_listens_on_loopback_only_and_makes_no_socket_file(started: Cluster):
    with psycopg.connect(plain(started)) as connection:
        shown = connection.execute(
            "SELECT current_setting('listen_addresses'), current_setting('unix_socket_directories')"
        ).fetchone()
    assert shown == ("127.0.0.1", "")


def test_other_processes_learn_its_address_only_while_it_runs(started: Cluster):
    data_dir = started.folder.parent
    assert running_url(data_dir) == plain(started)
    started.stop()
    assert running_url(data_dir) is None


def test_what_was_committed_outlives_a_kill_and_it_returns_on_the_same_port(folder: Path):
    cluster = Cluster.at(folder)
    cluster.start()
    port = cluster.port
    with psycopg.connect(plain(cluster)) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
    with psycopg.connect(plain(cluster), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept ()")
    assert cluster._server is not None
    cluster._server.kill()
    until(lambda: not cluster.running)

    cluster.start(port)

    with psycopg.connect(plain(cluster)) as connection:
        connection.execute("SELECT FROM kept")
    cluster.stop()


def test_killing_the_process_that_started_it_leaves_nothing_running(folder: Path):
    other, server = hold(folder)
    other.kill()
    other.wait()
    until(lambda: not alive(server))

    after = Cluster.at(folder, durable=False)
    after.start()
    after.stop()


def test_a_second_process_is_told_who_runs_it(folder: Path):
    other, server = hold(folder)
    try:
        with pytest.raises(StartProblem, match=f"Process {other.pid} already runs"):
            Cluster.at(folder).start()
        assert alive(server)
    finally:
        other.kill()
        other.wait()
        until(lambda: not alive(server))


def test_a_pid_file_left_behind_does_not_matter_even_if_its_number_is_taken(folder: Path):
    cluster = Cluster.at(folder, durable=False)
    cluster.start()
    cluster.stop()
    left = [str(os.getpid()), str(cluster.data), "1", "5432", "", "127.0.0.1", "0 0", "ready"]
    (cluster.data / "postmaster.pid").write_text("\n".join(left) + "\n")

    cluster.start()

    assert cluster.running
    cluster.stop()


def test_a_database_half_made_is_made_again(folder: Path):
    (folder / "cluster.new" / "base").mkdir(parents=True)
    cluster = Cluster.at(folder, durable=False)
    cluster.start()
    assert not (folder / "cluster.new").exists()
    cluster.stop()


def test_data_of_a_version_that_is_not_here_is_named(folder: Path):
    (folder / "cluster").mkdir(parents=True)
    (folder / "cluster" / "PG_VERSION").write_text("14\n")
    with pytest.raises(StartProblem, match=r"made by PostgreSQL 14 .* POSTGRES_BIN"):
        Cluster.at(folder)


def test_a_folder_without_programs_is_named(folder: Path, tmp_path: Path):
    with pytest.raises(StartProblem, match=f"POSTGRES_BIN names {tmp_path}"):
        Cluster.at(folder, tmp_path)


def test_why_it_does_not_start_is_said_in_its_own_words(folder: Path):
    cluster = Cluster.at(folder, durable=False)
    cluster.start()
    cluster.stop()
    with (cluster.data / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = on\n")
    with pytest.raises(StartProblem, match=r"did not start: .*Its log is .*log"):
        cluster.start()
    assert not cluster.running


def test_its_log_does_not_grow_for_ever(folder: Path):
    folder.mkdir(parents=True)
    (folder / "log").write_bytes(b"x" * 2 * 1024 * 1024)
    cluster = Cluster.at(folder, durable=False)
    cluster.start()
    assert (folder / "log").stat().st_size < 1024 * 1024
    assert (folder / "log.old").stat().st_size == 2 * 1024 * 1024
    cluster.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step down")
class TestAsRootWithoutUserNamespaces:
    @pytest.fixture(autouse=True)
    def _without(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(identity, "namespaces_work", lambda: False)

    @pytest.fixture
    def reachable(self) -> Iterator[Path]:
        # The folders that pytest makes are closed to others.
        path = Path(tempfile.mkdtemp())
        path.chmod(0o711)
        yield path
        shutil.rmtree(path)

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=lambda n: n.name)
    def test_it_runs_as_nobody_where_nobody_can_reach_it(self, reachable: Path, number: int):
        cluster = Cluster.at(reachable / "postgres", _for_nobody(), durable=False)
        cluster.start()
        assert cluster.data.owner() == "nobody"
        assert reachable.owner() == "root"
        cluster.stop(kill=number == signal.SIGKILL)
        assert not cluster.running

    def test_a_closed_folder_is_named_with_what_to_do(self, folder: Path):
        with pytest.raises(StartProblem, match=r"cannot reach .*Run Earshot as an ordinary user"):
            Cluster.at(folder).start()


def _for_nobody() -> Path | None:
    """Return programs that everybody can reach; the wheel may lie in a closed folder."""
    return INSTALLED[-1]
