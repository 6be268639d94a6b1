"""Records on their way to a worker."""

import pickle

from service.record import Chunk, Place, Refusal, Row

PLAIN = Row({"text": "Завтра не будет воды"}, Place("line", 7, archive="a.jsonl"))
WITH_MORE = Row({"text": "Ждём вас"}, "строка 3", {"Текст": "Ждём вас"}, {"text": "Ждём вас", "id": 5}, ("likes",))
REFUSED = Refusal("bad_json", place=Place("line", 8), own="{")


def test_a_chunk_arrives_whole():
    sent = Chunk([PLAIN, WITH_MORE, REFUSED])
    came = pickle.loads(pickle.dumps(sent))
    assert (type(came), came) == (Chunk, sent)
    for there, here in zip(came[:2], sent[:2], strict=True):
        assert (there.place, there.own, there.raw, there.unread) == (here.place, here.own, here.raw, here.unread)
    assert came[0].own is came[0]
    assert str(came[0].place) == "a.jsonl, строка 7"
