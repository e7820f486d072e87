import asyncio

from hypothesis import given
from hypothesis import strategies as st

from bench.receiver import Receiver, request_end

ONE = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"
BODILESS = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Wire(asyncio.Transport):
    def __init__(self):
        super().__init__()
        self.written = b""

    def write(self, data):
        self.written += data


def test_a_request_ends_with_its_body():
    assert request_end(ONE + b"POST") == len(ONE)
    assert request_end(BODILESS) == len(BODILESS)


def test_half_a_request_has_no_end():
    assert all(request_end(ONE[:size]) is None for size in range(len(ONE)))


@given(st.lists(st.sampled_from([ONE, BODILESS]), max_size=6), st.lists(st.integers(1, 60), max_size=10))
def test_each_request_gets_one_answer_however_it_arrives(requests, cuts):
    stream, wire, receiver = b"".join(requests), Wire(), Receiver()
    receiver.connection_made(wire)
    for cut in cuts:
        receiver.data_received(stream[:cut])
        stream = stream[cut:]
    receiver.data_received(stream)
    assert wire.written.count(b"HTTP/1.1 200 OK") == len(requests)
