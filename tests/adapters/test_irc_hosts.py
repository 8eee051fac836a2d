"""The two ircdocs files that test servers, read as a client must: it takes every name as it is.

Matching ban masks and validating hosts is a server's work ("clients should accept whatever the
server throws their way", validate-hostname.yaml); what they name must come through unchanged.
"""

from adapters.wire.irc import parse, source
from tests.adapters.test_irc import vectors


def test_every_name_that_a_mask_is_tried_on_is_read_in_its_parts() -> None:
    names = [name for case in vectors("mask-match.yaml") for name in case["matches"]]
    names += [name for case in vectors("mask-match.yaml") for name in case["fails"]]
    assert names
    for name in names:
        person = source(parse(f":{name} PRIVMSG #ann :hi").source)
        assert f"{person.nick}!{person.user}@{person.host}" == name
        assert person.nick
        assert person.user
        assert person.host


def test_a_host_is_taken_as_the_server_gives_it_valid_or_not() -> None:
    cases = vectors("validate-hostname.yaml")
    assert {case["valid"] for case in cases} == {True, False}
    # a blank ends the source of a line: no server can give a host with one
    for host in (case["host"] for case in cases if " " not in case["host"]):
        line = parse(f":ann!ann@{host} PRIVMSG #ann :hi")
        assert source(line.source).host == host
        assert line.params == ("#ann", "hi")
