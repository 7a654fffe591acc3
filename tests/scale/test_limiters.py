"""Limiters over each store: how many calls they let through, who shares them, and what happens when the store is gone."""

import asyncio
import multiprocessing
import sqlite3
import threading
import time

import pytest
from pyrate_limiter import InMemoryBucket, Limiter, Rate

from hatz_client.connection.api_key import Key
from hatz_client.connection.limits import limiter as limiters
from hatz_client.connection.limits.limiter import limiter_for
from hatz_client.connection.limits.spec import parse_limit
from hatz_client.errors import HatzConnectionError, HatzInvalidInputError


def limiter(text, name="hatz:gateway:1"):
    return limiter_for(parse_limit(Key(text)), name)


def taken(found, seconds=0.0):
    """How many calls get room within so many seconds."""
    end, count = time.monotonic() + seconds, 0
    while True:
        wait = found.take()
        count += not wait
        if wait and time.monotonic() + wait > end:
            return count
        time.sleep(wait)


def test_a_tenth_goes_at_once_and_the_rest_is_spread(store):
    found = limiter(f"50/hour {store}")
    assert taken(found) == 5
    assert 0 < found.take() <= 72


def test_no_more_get_room_than_the_limit_says(store):
    found = limiter(f"50/second {store}")
    began = time.monotonic()
    count = taken(found, 0.5)
    assert 5 < count <= 5 + 50 * (time.monotonic() - began) + 1


def test_burst_says_how_many_go_at_once(store):
    assert taken(limiter(f"60/minute burst=20 {store}")) in range(20, 23)
    assert taken(limiter(f"3/minute burst=1 {store}", "other")) == 1


def test_several_rates_hold_together(store):
    found = limiter(f"40/hour 1000/second {store}")
    assert taken(found) == 4
    assert 1 < found.take() <= 90


def test_each_host_and_key_has_its_own(store):
    assert taken(limiter(f"10/hour {store}", "a")) == 1
    assert taken(limiter(f"10/hour {store}", "b")) == 1
    assert taken(limiter(f"10/hour {store}", "a")) == 0


def test_threads_share_one(store):
    found, counts = limiter(f"60/minute burst=30 {store}"), []
    threads = [threading.Thread(target=lambda: counts.append(taken(found))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) in range(30, 34)


def test_a_limiter_in_memory_is_of_one_process_and_the_others_are_shared(store, monkeypatch):
    text = f"100/hour {store}"
    assert taken(limiter(text)) == 10
    monkeypatch.setattr(limiters, "_limiters", {})  # as in another process
    assert taken(limiter(text)) == (0 if store else 10)


def _in_child(text, pipe):
    pipe.send(taken(limiter(text)))


def test_a_forked_child_has_a_limiter_of_its_own_even_if_a_lock_was_held(store):
    text = f"100/hour {store}"
    found = limiter(text)
    found.take()
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe()
    with found.queue, limiters._lock:
        child = fork.Process(target=_in_child, args=(text, theirs))
        child.start()
    assert ours.poll(20)
    assert ours.recv() == (9 if store else 10)
    child.join()
    assert taken(found) == (0 if store else 9)


@pytest.mark.parametrize("store", ["sqlite", "redis"], indirect=True)
def test_a_pause_is_for_all_who_share(store, monkeypatch):
    text = f"100/second {store}"
    limiter(text).pause(1.5)
    limiter(text).pause(0.1)  # a shorter one does not end it
    monkeypatch.setattr(limiters, "_limiters", {})  # as in another process
    left = limiter(text).take()
    assert 0.1 < left <= 1.5
    assert limiter(text, "other").take() == 0
    time.sleep(left + 0.05)
    assert limiter(text).take() == 0


def test_redis_forgets_what_is_over(redis_server):
    import redis

    limiter(f"10/second {redis_server.url}").take()
    (name,) = redis.Redis.from_url(redis_server.url).keys()
    assert 0 < redis.Redis.from_url(redis_server.url).pttl(name) <= 2000


def test_a_restarted_redis_is_used_again_at_once(redis_server):
    found = limiter(f"10/minute {redis_server.url}")
    assert taken(found) == 1
    redis_server.kill()
    redis_server.start()
    assert taken(found) == 1


# Stores that cannot be used


def test_a_redis_that_is_gone_is_an_error_that_hides_the_password(redis_server):
    redis_server.kill()
    found = limiter(f"10/second redis://me:{'SECRET'}@127.0.0.1:{redis_server.port}/0")
    began = time.monotonic()
    for _ in range(100):
        with pytest.raises(HatzConnectionError, match="limit_unavailable") as caught:
            found.take()
        assert "SECRET" not in str(caught.value)
        assert caught.value.__context__ is None
        assert caught.value.is_retryable
    assert time.monotonic() - began < 20
    assert f"redis://127.0.0.1:{redis_server.port}/0" in str(caught.value)


def test_a_redis_that_does_not_answer_is_an_error_and_no_hang(monkeypatch):
    import socket

    from hatz_client.connection.limits import redis_store

    monkeypatch.setattr(redis_store, "_TIMEOUT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = limiter(f"10/second redis://127.0.0.1:{silent.getsockname()[1]}/0")
        began = time.monotonic()
        for _ in range(50):
            with pytest.raises(HatzConnectionError, match="TimeoutError"):
                found.take()
    assert time.monotonic() - began < 10


def test_ignore_counts_in_this_process(redis_server, caplog):
    redis_server.kill()
    found = limiter(f"50/minute {redis_server.url}")
    waits = [found.take("ignore") for _ in range(6)]
    assert (waits[:5], bool(waits[5])) == ([0, 0, 0, 0, 0], True)
    assert len([record for record in caplog.records if "cannot be used" in record.message]) == 1


def test_an_error_is_not_logged_too(tmp_path, caplog):
    with pytest.raises(HatzConnectionError, match="cannot be used"):
        limiter(f"50/minute sqlite:///{tmp_path}/no/limits.db").take()
    assert not caplog.records


def test_a_file_that_cannot_be_opened_is_an_error(tmp_path):
    with pytest.raises(HatzConnectionError, match=r"no/limits\.db"):
        limiter(f"10/second sqlite:///{tmp_path}/no/limits.db").take()


def test_a_file_that_is_no_database_is_an_error(tmp_path):
    (tmp_path / "limits.db").write_text("something else " * 100)
    with pytest.raises(HatzConnectionError, match="not a database"):
        limiter(f"10/second sqlite:///{tmp_path}/limits.db").take()
    assert (tmp_path / "limits.db").read_text().startswith("something else")


def test_a_file_holds_one_row_per_name_and_no_key(tmp_path):
    found = limiter(f"1000/second sqlite:///{tmp_path}/limits.db")
    for _ in range(50):
        found.take()
    rows = sqlite3.connect(tmp_path / "limits.db").execute("SELECT name FROM limits").fetchall()
    assert rows == [("hatz:gateway:1",)]


# Limiters of one's own


def make_bucket(name):
    assert name.startswith("hatz:")
    return InMemoryBucket([Rate(3, 60_000)])


def make_limiter(name):
    return Limiter(InMemoryBucket([Rate(3, 60_000)]))


@pytest.mark.parametrize("make", [make_bucket, make_limiter])
def test_a_callable_makes_a_bucket_or_a_limiter_once(make):
    name = f"hatz:own:{make.__name__}"
    found = limiter_for(parse_limit(Key(make)), name)
    assert [found.take() > 0 for _ in range(5)] == [False, False, False, True, True]
    assert limiter_for(parse_limit(Key(make)), name) is found


def test_a_callable_that_makes_something_else_is_refused():
    with pytest.raises(HatzInvalidInputError, match="made a value of type str"):
        limiter_for(parse_limit(Key(lambda name: name)), "hatz:own:2")


def test_a_bucket_of_ones_own_that_fails_is_as_a_store_that_fails():
    class Broken(InMemoryBucket):
        def put(self, item):
            raise OSError("no disk")

    found = limiter_for(parse_limit(Key(lambda _: Broken([Rate(1, 1000)]))), "hatz:own:3")
    with pytest.raises(HatzConnectionError, match="no disk"):
        found.take()
    assert found.take("ignore") == 0


def test_an_async_bucket_is_refused():
    from pyrate_limiter import BucketAsyncWrapper

    made = limiter_for
    with pytest.raises(HatzInvalidInputError, match="async"):
        made(parse_limit(Key(lambda _: BucketAsyncWrapper(InMemoryBucket([Rate(1, 1000)])))), "hatz:own:4").take()


def test_each_loop_has_a_queue_of_its_own():
    found = limiter("5/second")

    async def queue():
        return found.loop_queue, found.loop_queue

    one, same = asyncio.run(queue())
    assert one is same
    assert asyncio.run(queue())[0] is not one


def test_the_number_of_limiters_is_bounded(monkeypatch):
    monkeypatch.setattr(limiters, "_limiters", {})
    monkeypatch.setattr(limiters, "_MOST", 3)
    for number in range(9):
        limiter("5/second", str(number))
    assert list(limiters._limiters) == [(parse_limit(Key("5/second")), str(number)) for number in (6, 7, 8)]


@pytest.mark.parametrize("state", ["{", "5", "null", '["x"]', "[null]", '{"a": 1}', b"\xff"])
def test_a_damaged_state_in_a_file_is_counted_anew(tmp_path, state):
    found = limiter(f"10/hour burst=2 sqlite:///{tmp_path}/limits.db")
    assert taken(found) == 2
    with sqlite3.connect(tmp_path / "limits.db") as connection:
        connection.execute("UPDATE limits SET state = ?", (state,))
    connection.close()
    assert taken(found) == 2


def test_a_clock_that_was_set_back_stops_nobody_for_long(tmp_path, monkeypatch):
    found = limiter(f"60/minute burst=2 sqlite:///{tmp_path}/limits.db")
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + 3600 * 10**9)  # an hour ahead
    assert taken(found) == 2
    found.pause(30)
    monkeypatch.undo()
    assert found.take() <= 60
    with sqlite3.connect(tmp_path / "limits.db") as connection:
        connection.execute("UPDATE limits SET paused_until = 0")
    connection.close()
    assert 0 < found.take() <= 2


@pytest.mark.parametrize("error", [ValueError("no number"), TypeError("None"), IndexError("empty")])
def test_an_answer_of_redis_in_another_form_means_that_it_cannot_be_used(monkeypatch, error):
    pytest.importorskip("redis")
    found = limiter("10/hour redis://127.0.0.1:1/0")

    def look():
        raise error

    monkeypatch.setattr(found._store, "look", look)
    with pytest.raises(HatzConnectionError, match="cannot be used"):
        found.take()


def test_a_path_that_no_system_takes_means_that_it_cannot_be_used(tmp_path):
    with pytest.raises(HatzConnectionError, match="cannot be used"):
        limiter(f"10/hour sqlite:///{tmp_path}/a%00b.db").take()
