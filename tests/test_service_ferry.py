"""Requests that come together are scored together, and none of them can tell."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

import model
from model import Post
from service import ferry, rows
from service.api import create_app, reload
from service.ferry import Ferry
from service.settings import Settings

WATER = "Завтра с 9:00 до 17:00 на улице Садовой не будет воды. Диспетчер: 5-12-34. Дом"
TEXTS = [f"{WATER} {number}" if number % 3 else f"Поздравляем с праздником № {number}!" for number in range(40)]
ODD = "Этот пост ломает модель"


class Spy:
    """A scorer that notes its batches, and fails at ODD."""

    def __init__(self, scorer):
        self.info, self.lexicon, self._scorer = scorer.info, scorer.lexicon, scorer
        self.batches = []

    def map(self, posts, memory=None):
        posts = list(posts)
        texts = [post.text for post in posts]
        self.batches.append(texts)
        if ODD in texts:
            raise ArithmeticError(len(texts))
        return self._scorer.map(posts, memory)


@pytest.fixture
def spy(scorer):
    return Spy(scorer)


def posts_of(*texts):
    return [Post(text=text) for text in texts]


def run(work):
    """Run it, and fail where it waits for ever."""
    return asyncio.run(asyncio.wait_for(work, 60))


def carry(*asked):
    """What comes of requests that come at the same moment: scores, or the exception."""

    async def together():
        one = Ferry()
        return await asyncio.gather(*(one.carry(*each) for each in asked), return_exceptions=True)

    return run(together())


def test_those_who_come_together_are_scored_together_and_get_what_they_would_get_alone(scorer, spy):
    asked = [posts_of(*TEXTS[start : start + 1 + start % 3]) for start in range(0, 20, 2)]
    found = carry(*((spy, posts) for posts in asked))
    assert spy.batches == [[post.text for posts in asked for post in posts]]
    assert found == [[scorer(post) for post in posts] for posts in asked]


async def arrive(one, spy, *texts):
    """Requests that wait for the crossing."""
    waiting = [asyncio.ensure_future(one.carry(spy, posts_of(text))) for text in texts]
    await asyncio.sleep(0)
    return waiting


def test_who_comes_later_is_taken_by_a_later_crossing(scorer, spy):
    async def come_later():
        one = Ferry()
        first = await asyncio.gather(*await arrive(one, spy, *TEXTS[:2]))
        return first + await asyncio.gather(*await arrive(one, spy, *TEXTS[2:5]))

    assert run(come_later()) == [[scorer(Post(text=text))] for text in TEXTS[:5]]
    assert spy.batches == [TEXTS[:2], TEXTS[2:5]]


def test_who_leaves_is_not_taken_and_holds_nobody_up(scorer, spy):
    async def leave():
        one = Ferry()
        waiting = await arrive(one, spy, *TEXTS[:4])
        waiting[0].cancel()
        waiting[2].cancel()
        return await asyncio.gather(*waiting, return_exceptions=True)

    found = run(leave())
    assert [isinstance(each, asyncio.CancelledError) for each in found] == [True, False, True, False]
    assert found[1::2] == [[scorer(Post(text=text))] for text in TEXTS[1:4:2]]
    assert spy.batches == [TEXTS[1:4:2]]


def test_where_all_have_left_nobody_is_taken(spy):
    async def leave():
        one = Ferry()
        waiting = await arrive(one, spy, *TEXTS[:2])
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return await one.carry(spy, posts_of(TEXTS[2]))

    assert len(run(leave())) == 1
    assert spy.batches == [[TEXTS[2]]]


def at_once(request):
    """What comes of a request without waiting for anything; None where it waits."""
    try:
        request.send(None)
    except StopIteration as done:
        return done.value
    request.close()
    return None


def test_who_has_been_alone_does_not_wait_for_company_until_it_is_looked_again(scorer, spy):
    async def alone():
        one = Ferry()
        for _ in range(ferry.QUIET):
            await one.carry(spy, posts_of(TEXTS[0]))
        for _ in range(ferry.LOOK_AGAIN - ferry.QUIET):
            assert at_once(one.carry(spy, posts_of(TEXTS[1]))) == [scorer(Post(text=TEXTS[1]))]
        spy.batches.clear()
        await asyncio.gather(*await arrive(one, spy, *TEXTS[:3]))
        assert spy.batches == [TEXTS[:3]]
        assert at_once(one.carry(spy, posts_of(TEXTS[1]))) is None

    run(alone())


def test_where_some_came_together_lately_the_first_waits_for_as_many(scorer, spy, monkeypatch):
    monkeypatch.setattr(ferry, "HOLD", 600)

    async def come_apart():
        one = Ferry()
        for expected in (2, 3):
            await asyncio.gather(*await arrive(one, spy, *TEXTS[:3]))
            waiting = []
            for text in TEXTS[3 : 3 + expected]:
                assert not any(each.done() for each in waiting)
                waiting += await arrive(one, spy, text)
                await asyncio.sleep(0.01)
            assert [await each for each in waiting] == [[scorer(Post(text=text))] for text in TEXTS[3 : 3 + expected]]

    run(come_apart())
    assert spy.batches == [TEXTS[:3], TEXTS[3:5], TEXTS[:3], TEXTS[3:6]]


def test_who_waits_in_vain_is_taken_alone_and_the_next_one_does_not_wait(scorer, spy, monkeypatch):
    async def come_alone():
        one = Ferry()
        await asyncio.gather(*await arrive(one, spy, *TEXTS[:2]))
        monkeypatch.setattr(ferry, "HOLD", 0.01)
        found = await one.carry(spy, posts_of(TEXTS[2]))
        monkeypatch.setattr(ferry, "HOLD", 600)
        return found, await one.carry(spy, posts_of(TEXTS[3]))

    assert run(come_alone()) == ([scorer(Post(text=TEXTS[2]))], [scorer(Post(text=TEXTS[3]))])
    assert spy.batches == [TEXTS[:2], TEXTS[2:3], TEXTS[3:4]]


def test_a_crossing_that_was_called_is_not_called_again_when_its_time_is_over(spy, monkeypatch):
    monkeypatch.setattr(ferry, "HOLD", 0.02)

    async def come_apart():
        one = Ferry()
        await asyncio.gather(*await arrive(one, spy, *TEXTS[:3]))
        await asyncio.gather(*await arrive(one, spy, *TEXTS[:3]))
        waiting = [*await arrive(one, spy, TEXTS[0]), *await arrive(one, spy, *TEXTS[1:3])]
        await asyncio.gather(*waiting)
        monkeypatch.setattr(ferry, "HOLD", 600)
        late = await arrive(one, spy, TEXTS[3])
        await asyncio.sleep(0.1)
        assert not late[0].done()
        return await asyncio.gather(*late, *await arrive(one, spy, *TEXTS[4:6]))

    run(come_apart())
    assert spy.batches[-2:] == [TEXTS[:3], TEXTS[3:6]]


def test_nobody_waits_for_others_who_would_not_fit(spy, monkeypatch):
    monkeypatch.setattr(ferry, "HOLD", 600)
    monkeypatch.setattr(ferry, "LOAD", 3 * ferry.EACH)

    async def come_heavy():
        one = Ferry()
        for _ in range(3):
            await asyncio.gather(*await arrive(one, spy, *TEXTS[:3]))
        await asyncio.gather(one.carry(spy, posts_of(*TEXTS[:2])), one.carry(spy, posts_of(*TEXTS[2:4])))

    run(come_heavy())
    assert spy.batches[-2:] == [TEXTS[:2], TEXTS[2:4]]


def test_those_who_leave_while_they_wait_teach_nothing(spy, monkeypatch):
    async def leave():
        one = Ferry()
        await asyncio.gather(*await arrive(one, spy, *TEXTS[:2]))
        monkeypatch.setattr(ferry, "HOLD", 0.01)
        left = await arrive(one, spy, TEXTS[2])
        left[0].cancel()
        await asyncio.sleep(0.05)
        monkeypatch.setattr(ferry, "HOLD", 600)
        waiting = await arrive(one, spy, TEXTS[3])
        await asyncio.sleep(0.01)
        await asyncio.gather(*waiting, *await arrive(one, spy, TEXTS[4]))

    run(leave())
    assert spy.batches == [TEXTS[:2], TEXTS[3:5]]


def test_no_more_are_waited_for_than_a_crossing_is_worth(spy, monkeypatch):
    monkeypatch.setattr(ferry, "HOLD", 600)

    async def come_together():
        one = Ferry()
        for _ in range(20):
            await asyncio.gather(*await arrive(one, spy, *TEXTS[:9]))
        return await asyncio.gather(*await arrive(one, spy, *TEXTS[: ferry.TOGETHER]))

    assert len(run(come_together())) == ferry.TOGETHER


def test_an_error_reaches_who_does_not_wait(spy):
    async def alone():
        one = Ferry()
        for _ in range(ferry.QUIET):
            await one.carry(spy, posts_of(TEXTS[0]))
        with pytest.raises(ArithmeticError):
            at_once(one.carry(spy, posts_of(ODD)))
        assert at_once(one.carry(spy, posts_of(TEXTS[0])))

    run(alone())


def test_who_has_been_alone_does_not_stop_the_loop_for_a_held_lexicon(scorer, spy):
    async def busy():
        one = Ferry()
        for _ in range(ferry.QUIET):
            await one.carry(spy, posts_of(TEXTS[0]))
        held, free = threading.Event(), threading.Event()

        def hold():
            with scorer.lexicon.spare() as spare:
                assert spare
                held.set()
                free.wait(60)

        holder = threading.Thread(target=hold)
        holder.start()
        held.wait(60)
        asked = asyncio.ensure_future(one.carry(spy, posts_of(TEXTS[0])))
        await asyncio.sleep(0.05)  # the loop goes on
        assert not asked.done()
        free.set()
        holder.join()
        return await asked

    assert run(busy()) == [scorer(Post(text=TEXTS[0]))]


def test_no_posts_are_no_scores(spy):
    assert carry((spy, [])) == [[]]
    assert spy.batches == []


def test_an_error_reaches_the_one_at_fault_alone(scorer, spy):
    first, odd, last = carry((spy, posts_of(TEXTS[0])), (spy, posts_of(TEXTS[1], ODD)), (spy, posts_of(TEXTS[2])))
    assert (first, last) == ([scorer(Post(text=TEXTS[0]))], [scorer(Post(text=TEXTS[2]))])
    assert isinstance(odd, ArithmeticError)
    assert odd.args == (2,)


def test_a_batch_belongs_to_one_model(scorer):
    old, new = Spy(scorer), Spy(scorer)
    found = carry(*((new if number > 2 else old, posts_of(text)) for number, text in enumerate(TEXTS[:6])))
    assert (old.batches, new.batches) == ([TEXTS[:3]], [TEXTS[3:6]])
    assert found == [[scorer(Post(text=text))] for text in TEXTS[:6]]


def test_a_crossing_takes_no_more_than_it_may_in_the_order_of_coming(scorer, spy, monkeypatch):
    monkeypatch.setattr(ferry, "LOAD", 5 * ferry.EACH)
    found = carry(*((spy, posts_of(text)) for text in TEXTS))
    assert sum(spy.batches, []) == TEXTS
    assert len(spy.batches) > len(TEXTS) / 8
    assert all(sum(max(ferry.EACH, len(text)) for text in batch) <= ferry.LOAD for batch in spy.batches)
    assert found == [[scorer(Post(text=text))] for text in TEXTS]


class Held(Spy):
    """A scorer that does not go on with a batch of so many posts before it is let go."""

    def __init__(self, scorer, held):
        super().__init__(scorer)
        self.begun, self.let_go, self._held = threading.Event(), threading.Event(), held

    def map(self, posts, memory=None):
        posts = list(posts)
        if len(posts) == self._held:
            self.begun.set()
            assert self.let_go.wait(60)
        return super().map(posts, memory)


def test_what_is_too_much_goes_by_a_thread_and_others_pass_it(scorer, monkeypatch):
    monkeypatch.setattr(ferry, "LOAD", 5 * ferry.EACH)
    many, held = posts_of(*TEXTS), Held(scorer, len(TEXTS))

    async def pass_by():
        one = Ferry()
        slow = asyncio.ensure_future(one.carry(held, many))
        while not held.begun.is_set():
            await asyncio.sleep(0.001)
        quick = await one.carry(held, many[:1])
        held.let_go.set()
        return await slow, quick

    assert run(pass_by()) == (list(scorer.map(many)), [scorer(many[0])])


def test_the_loop_waits_for_nobody_who_reads(scorer, spy):
    """A large request may read for seconds; the loop goes on, and who comes meanwhile is taken together."""
    begun, done = threading.Event(), threading.Event()

    def read_long():
        with scorer.lexicon.spare() as spare:
            assert spare
            begun.set()
            assert done.wait(60)

    async def come():
        one = Ferry()
        waiting = await arrive(one, spy, *TEXTS[:2])
        await asyncio.sleep(0.05)  # the loop goes on
        assert not any(each.done() for each in waiting)
        waiting += await arrive(one, spy, *TEXTS[2:5])
        waiting[1].cancel()
        done.set()
        return await asyncio.gather(*waiting, return_exceptions=True)

    reader = threading.Thread(target=read_long)
    reader.start()
    assert begun.wait(60)
    found = run(come())
    reader.join()
    assert isinstance(found.pop(1), asyncio.CancelledError)
    assert found == [[scorer(Post(text=text))] for text in (TEXTS[0], *TEXTS[2:5])]
    assert spy.batches == [TEXTS[:2], TEXTS[2:5]]


def ask_at_once(client, bodies):
    """Answers to requests of so many clients, which ask again and again until each has asked three times."""
    with ThreadPoolExecutor(len(bodies)) as clients:
        return [
            answer for _ in range(3) for answer in clients.map(lambda body: client.post("/v1/score", json=body), bodies)
        ]


def test_answers_do_not_depend_on_company(scorer):
    bodies = [{"posts": [{"text": text, "post_id": text[-3:]}, {"text": ""}]} for text in TEXTS[:12]]
    bodies.append({"posts": [{"text": text} for text in TEXTS]})  # more than the loop does by itself
    with TestClient(create_app(Settings(rate="1000000/minute"), scorer)) as client:
        answers = ask_at_once(client, bodies)
    assert {answer.status_code for answer in answers} == {200}
    assert [answer.json()["scores"] for answer in answers] == 3 * [
        list(rows.score(scorer, body["posts"])) for body in bodies
    ]


def test_a_request_that_fails_fails_alone(scorer, spy):
    bodies = [{"posts": [{"text": ODD if number == 4 else text}]} for number, text in enumerate(TEXTS[:12])]
    settings = Settings(rate="1000000/minute")
    with TestClient(create_app(settings, spy), raise_server_exceptions=False) as client:
        statuses = [answer.status_code for answer in ask_at_once(client, bodies)]
    assert statuses == 3 * ([200] * 4 + [500] + [200] * 7)


def test_a_model_that_is_loaded_anew_under_fire_scores_whole_answers(scorer, monkeypatch):
    """Whoever asked before gets the old one, whoever asks later the new one; nobody gets both, or nothing."""
    other = model.load()
    other.manifest |= {"id": "other"}
    models = [other, scorer] * 20
    monkeypatch.setattr("service.api.settle", lambda: None)
    monkeypatch.setattr("model.load", lambda _: models.pop())
    bodies = [{"posts": [{"text": text}, {"text": text + "!"}]} for text in TEXTS[:12]]
    with TestClient(create_app(Settings(rate="1000000/minute"), scorer)) as client:
        answers = ask_at_once(client, bodies)

        def load_all():
            while models:
                reload(client.app)
                time.sleep(0.005)

        loading = threading.Thread(target=load_all)
        loading.start()
        while loading.is_alive():
            answers += ask_at_once(client, bodies)
        answers += ask_at_once(client, bodies)
    assert {answer.status_code for answer in answers} == {200}
    seen = set()
    for answer in (each.json() for each in answers):
        assert {row["model"] for row in answer["scores"]} == {answer["model"]["id"]}
        seen.add(answer["model"]["id"])
    assert seen == {"other", scorer.info["id"]}
