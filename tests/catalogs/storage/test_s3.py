"""What only S3 can suffer: wrong secrets, lost answers, broken connections, servers that go away."""

import logging
import pickle
import time
import traceback
from urllib.error import HTTPError
from urllib.request import urlopen
from uuid import uuid4

import pytest

from catalogs.errors import (
    KeyRefused,
    NotFound,
    PreconditionFailed,
    StorageDenied,
    StorageError,
    StorageMisconfigured,
    StorageUnavailable,
)
from catalogs.storage import open_storage
from catalogs.storage.s3 import S3Storage
from tests.faulty_network import FaultyNetwork
from tests.storage_fixtures import BUCKET, SECRET_KEY, start_s3_server

MIB = 1 << 20


def client_of(storage):
    return storage._client


@pytest.fixture
def network(s3_server):
    """A network before the real server that breaks as told."""
    between = FaultyNetwork(s3_server.port)
    yield between
    between.close()


@pytest.fixture
def over_network(network, s3_server, s3_credentials):
    """An empty storage behind that network: three tries, a second of patience."""
    config = s3_server.config(
        prefix=uuid4().hex,
        endpoint_url=f"http://127.0.0.1:{network.port}",
        max_attempts=3,
        connect_timeout_s=2,
        read_timeout_s=1,
    )
    return open_storage(config)


# --- who may ---


def said(error):
    """Return everything that a log would show of an error."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))


def test_a_wrong_secret_is_refused_and_never_shown(s3_server, s3_credentials, monkeypatch, caplog):
    wrong = "wrong-secret-that-nobody-may-see"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", wrong)
    storage = open_storage(s3_server.config(prefix="x"))
    with caplog.at_level(logging.INFO):
        for call in (
            lambda: storage.read("a"),
            lambda: storage.stat("a"),
            lambda: storage.exists("a"),
            lambda: storage.write_atomic("a", b"1"),
            lambda: storage.write_atomic("a", b"1", if_absent=True),
            lambda: storage.delete("a"),
            lambda: list(storage.list("")),
        ):
            with pytest.raises(StorageDenied) as denied:
                call()
            assert wrong not in said(denied.value)
    assert wrong not in caplog.text
    with pytest.raises(StorageDenied, match=r"'a'.*SignatureDoesNotMatch.*AWS_SECRET_ACCESS_KEY"):
        storage.read("a")


def test_an_unknown_access_key_is_refused_with_the_remedy(s3_server, s3_credentials, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    with pytest.raises(StorageDenied, match="AWS_ACCESS_KEY_ID") as denied:
        open_storage(s3_server.config(prefix="x")).read("a")
    assert SECRET_KEY not in said(denied.value)


def test_without_credentials_the_message_says_where_to_put_them(s3_server, s3_credentials, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(StorageDenied, match="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        open_storage(s3_server.config(prefix="x")).read("a")


def test_a_profile_that_is_not_there_is_said_at_once(s3_server, s3_credentials, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    with pytest.raises(StorageDenied, match="credentials"):
        open_storage(s3_server.config(prefix="x"))


def test_a_forged_url_opens_nothing(s3_storage):
    s3_storage.write_atomic("a", b"1")
    s3_storage.write_atomic("b", b"2")
    url = s3_storage.presign("a", expires_s=60)
    assert "X-Amz-Signature" in url  # version 4: Amazon's newer regions refuse the older one
    with pytest.raises(HTTPError) as refused:
        urlopen(url.replace("/a?", "/b?"), timeout=10)
    assert refused.value.code == 403


# --- where it leads ---


def test_a_bucket_that_is_not_there_is_told_from_an_object_that_is_not(s3_server, s3_credentials):
    config = s3_server.config().model_copy(update={"root": "s3://no-such-bucket/x"})
    for call in (
        lambda storage: storage.read("a"),
        lambda storage: storage.stat("a"),
        lambda storage: storage.exists("a"),
        lambda storage: storage.write_atomic("a", b"1"),
        lambda storage: storage.write_atomic("a", b"1", if_absent=True),
        lambda storage: list(storage.list("")),
    ):
        with pytest.raises(StorageMisconfigured, match=r"no-such-bucket.*create it or correct the root"):
            call(open_storage(config))


def test_two_prefixes_of_a_bucket_do_not_see_each_other(s3_server, s3_credentials):
    base = uuid4().hex
    one, other = (open_storage(s3_server.config(prefix=f"{base}/{name}")) for name in ("one", "one2"))
    whole = open_storage(s3_server.config(prefix=base))
    one.write_atomic("a", b"1")
    other.write_atomic("b", b"2")
    assert [found.key for found in one.list("")] == ["a"]
    assert [found.key for found in other.list("")] == ["b"]
    assert [found.key for found in whole.list("")] == ["one/a", "one2/b"]
    assert [found.key for found in whole.list("one/")] == ["one/a"]


def test_the_prefix_counts_in_the_length_of_a_key(s3_server, s3_credentials):
    storage = open_storage(s3_server.config(prefix="p" * 200))
    key = "/".join(["k" * 200] * 5)  # 1004 bytes by itself, 1205 with the prefix
    with pytest.raises(KeyRefused, match="1205 bytes"):
        storage.write_atomic(key, b"1")


def test_folder_markers_and_names_that_no_key_can_have_are_left_out(s3_storage):
    before = s3_storage.root.removeprefix(f"s3://{BUCKET}/")
    s3_storage.write_atomic("a/b", b"1")
    for name in ("empty/", "a/.toile-something"):
        client_of(s3_storage).put_object(Bucket=BUCKET, Key=f"{before}/{name}", Body=b"")
    assert [found.key for found in s3_storage.list("")] == ["a/b"]


def test_a_listing_of_many_pages_is_complete_and_sorted(s3_storage):
    keys = sorted(f"{folder}{number:02}" for folder in ("a/", "a-", "a.", "a") for number in range(12))
    for key in keys:
        s3_storage.write_atomic(key, b"1")
    before = s3_storage.root.removeprefix(f"s3://{BUCKET}/")
    for page_size in (1, 5, 47, 48, 1000):
        paged = S3Storage(lambda: client_of(s3_storage), bucket=BUCKET, prefix=before, page_size=page_size)
        assert [found.key for found in paged.list("")] == keys
        assert [found.key for found in paged.list("a/1")] == ["a/10", "a/11"]


def test_the_content_type_is_kept(s3_storage):
    s3_storage.write_atomic("a.png", b"1", content_type="image/png")
    s3_storage.write_atomic("b.png", b"1", content_type="image/png", if_absent=True)
    before = s3_storage.root.removeprefix(f"s3://{BUCKET}/")
    for name in ("a.png", "b.png"):
        answer = client_of(s3_storage).head_object(Bucket=BUCKET, Key=f"{before}/{name}")
        assert answer["ContentType"] == "image/png"


# --- in parts ---


@pytest.fixture
def in_parts(s3_storage):
    """The same storage with parts of 5 MiB, the smallest that S3 takes."""
    before = s3_storage.root.removeprefix(f"s3://{BUCKET}/")
    return S3Storage(
        lambda: client_of(s3_storage), bucket=BUCKET, prefix=before, multipart_over_bytes=5 * MIB
    )


@pytest.mark.parametrize("size", [5 * MIB, 5 * MIB + 1, 10 * MIB, 12 * MIB + 345])
def test_a_long_object_goes_up_in_parts_and_comes_back_whole(in_parts, size):
    data = bytes(range(251)) * (size // 251 + 1)
    data = data[:size]
    written = in_parts.write_atomic("a", data, content_type="image/png")
    assert in_parts.read("a") == data
    assert written.size == in_parts.stat("a").size == size
    assert written.etag == in_parts.stat("a").etag
    in_parts_etag = written.etag.strip('"').partition("-")[2]  # S3 writes "-<number of parts>"
    assert in_parts_etag == ("" if size <= 5 * MIB else str(-(-size // (5 * MIB))))


def test_a_long_object_is_not_seen_before_its_last_part(in_parts, monkeypatch):
    client = client_of(in_parts)
    seen = []
    send = client.upload_part

    def watched(**arguments):
        seen.append(in_parts.exists("a"))
        answer = send(**arguments)
        seen.append(in_parts.exists("a"))
        return answer

    monkeypatch.setattr(client, "upload_part", watched)
    in_parts.write_atomic("a", b"x" * (11 * MIB))
    assert seen == [False] * 6
    assert in_parts.exists("a")


def test_a_part_that_fails_leaves_the_old_object_and_no_parts(in_parts, monkeypatch):
    client = client_of(in_parts)
    in_parts.write_atomic("a", b"old")
    send = client.upload_part

    def break_second(**arguments):
        if arguments["PartNumber"] == 2:
            arguments["UploadId"] = "no-such-upload"
        return send(**arguments)

    monkeypatch.setattr(client, "upload_part", break_second)
    with pytest.raises(StorageError, match="'a'"):
        in_parts.write_atomic("a", b"x" * (11 * MIB))
    assert in_parts.read("a") == b"old"
    before = in_parts.root.removeprefix(f"s3://{BUCKET}/")
    assert not client.list_multipart_uploads(Bucket=BUCKET, Prefix=before).get("Uploads")


def test_reaping_aborts_uploads_that_nobody_finished(in_parts):
    client = client_of(in_parts)
    before = in_parts.root.removeprefix(f"s3://{BUCKET}/")
    in_parts.write_atomic("a", b"old")
    upload = client.create_multipart_upload(Bucket=BUCKET, Key=f"{before}/a")["UploadId"]
    client.upload_part(Bucket=BUCKET, Key=f"{before}/a", UploadId=upload, PartNumber=1, Body=b"x" * (5 * MIB))
    assert [found.key for found in in_parts.list("")] == ["a"]
    assert in_parts.reap(older_than_s=3600) == 0
    time.sleep(1.1)  # the server counts whole seconds
    assert in_parts.reap(older_than_s=0) == 1
    assert in_parts.reap(older_than_s=0) == 0
    assert in_parts.read("a") == b"old"


# --- a bad network ---


@pytest.mark.parametrize("fault", ["reset", "silence", "busy", "lose-answer"])
def test_two_broken_requests_cost_nothing_but_time(over_network, network, fault):
    over_network.write_atomic("a", b"old")
    calls = [
        (lambda: over_network.read("a"), b"old"),
        (lambda: over_network.write_atomic("a", b"new").size, 3),
        (lambda: over_network.exists("b"), False),
        (lambda: [found.key for found in over_network.list("")], ["a"]),
    ]
    for call, wanted in calls[:2] if fault == "silence" else calls:  # silence costs a second each time
        network.fail_next(fault, times=2)
        assert call() == wanted
        assert network.faults_left == 0
    assert over_network.read("a") == b"new"


@pytest.mark.parametrize("fault", ["reset", "silence", "busy"])
def test_a_network_that_stays_broken_is_unavailable_and_worth_a_retry(over_network, network, fault):
    over_network.write_atomic("a", b"old")
    calls = [
        lambda: over_network.read("a"),
        lambda: over_network.write_atomic("a", b"new"),
        lambda: over_network.exists("a"),
        lambda: list(over_network.list("")),
    ]
    for call in calls[:2] if fault == "silence" else calls:
        network.fail_next(fault, times=3)
        with pytest.raises(StorageUnavailable) as lost:
            call()
        assert lost.value.retryable
        assert network.faults_left == 0
    assert over_network.read("a") == b"old"


def test_a_download_cut_off_in_the_middle_is_begun_again(over_network, network):
    data = bytes(range(256)) * 400
    over_network.write_atomic("a", data)
    network.fail_next("cut-answer", times=2)
    assert over_network.read("a") == data
    network.fail_next("cut-answer", times=3)
    with pytest.raises(StorageUnavailable, match="'a'"):
        over_network.read("a")


def test_whoever_wrote_first_knows_it_though_the_answer_was_lost(over_network, network):
    # the first request wins and its answer is lost; the client asks again and is told "there already"
    network.fail_next("lose-answer")
    claimed = over_network.write_atomic("lease", b"mine", if_absent=True)
    assert network.faults_left == 0
    assert claimed.etag == over_network.stat("lease").etag
    network.fail_next("lose-answer")
    renewed = over_network.write_atomic("lease", b"mine again", if_match=claimed.etag)
    assert over_network.read("lease") == b"mine again"
    assert renewed.etag == over_network.stat("lease").etag


def test_whoever_came_second_is_told_so_though_an_answer_was_lost(over_network, network):
    over_network.write_atomic("lease", b"mine", if_absent=True)
    network.fail_next("lose-answer")
    with pytest.raises(PreconditionFailed, match="lease"):
        over_network.write_atomic("lease", b"mine", if_absent=True)
    assert network.faults_left == 0


def test_a_server_that_stops_is_unavailable_until_it_is_back(tmp_path, s3_credentials):
    server = start_s3_server(tmp_path)
    try:
        storage = open_storage(
            server.config(prefix="x", max_attempts=2, connect_timeout_s=1, read_timeout_s=1)
        )
        storage.write_atomic("a", b"1")
        server.process.send_signal(19)  # SIGSTOP: connections open, nothing answers
        with pytest.raises(StorageUnavailable, match="'a'"):
            storage.read("a")
        server.process.send_signal(18)  # SIGCONT
        assert storage.read("a") == b"1"
        server.stop()
        for call in (lambda: storage.read("a"), lambda: storage.write_atomic("b", b"2")):
            with pytest.raises(StorageUnavailable, match="does not answer"):
                call()
    finally:
        server.stop()


# --- what is sent ---


@pytest.mark.parametrize("size", [10, 6 * MIB])
def test_no_checksums_are_sent_to_servers_that_may_not_know_them(in_parts, size):
    sent = []
    client_of(in_parts).meta.events.register(
        "before-send.s3", lambda request, **_: sent.append(dict(request.headers))
    )
    in_parts.write_atomic("a", b"x" * size)
    in_parts.read("a")
    names = {name.lower() for headers in sent for name in headers}
    assert len(sent) >= 2
    assert not {name for name in names if "checksum" in name or name == "x-amz-trailer"}


def test_errors_survive_the_way_between_workers(s3_storage):
    with pytest.raises(NotFound) as missing:
        s3_storage.read("a/b")
    copy = pickle.loads(pickle.dumps(missing.value))
    assert type(copy) is NotFound
    assert (str(copy), copy.key, copy.code, copy.retryable) == (str(missing.value), "a/b", "not_found", False)
