"""The harms that can be seen, each told from what was recorded."""

import json
from pathlib import Path

from watch import MARKER, Answer, Record, Unforeseen


def of(record: Record) -> list[str]:
    return sorted(test.__name__.replace("_", "-") for test in TESTS if test(record))


def error_text_in_answer(record: Record) -> bool:
    """The client reads what an error that nobody foresaw says."""
    return any(MARKER in answer.text for answer in record.answers)


def error_unseen(record: Record) -> bool:
    """An error that nobody foresaw reached neither the log nor the server nor the client."""
    quiet = [answer for answer in record.answers if answer.raised is None and MARKER not in answer.text]
    return any(
        isinstance(error, Unforeseen) and not record.of("log", answer)
        for answer in quiet
        for error in record.of("exception", answer)
    )


def interrupt_swallowed(record: Record) -> bool:
    """Somebody pressed Ctrl-C, and the program went on."""
    return any(
        isinstance(error, KeyboardInterrupt) and answer.raised is None
        for answer in record.answers
        for error in record.of("exception", answer)
    )


def status_lost(record: Record) -> bool:
    """The program raised one status, and the client got another."""
    return any(
        status(error) not in (None, answer.status)
        for answer in record.answers
        for error in record.of("exception", answer)[:1]
    )


def status(error: BaseException) -> int | None:
    found = getattr(error, "status_code", None) or getattr(error, "code", None)
    return found if isinstance(found, int) else None


def endless_wait(record: Record) -> bool:
    """The program waited without a limit for somebody who never answers."""
    return bool(record.of("endless-wait"))


def child_left_behind(record: Record) -> bool:
    """A process that the program started runs on after the answer."""
    return bool(record.of("child-left"))


def injected(record: Record) -> bool:
    """The client's text was run: it asked for the folder `harm`."""
    return Path("harm").is_dir()


def path_escaped(record: Record) -> bool:
    """The client made the program open a file outside its folder."""
    return any("uploads-outside" in path for kind in ("read", "write") for path in record.of(kind))


def half_written(record: Record) -> bool:
    """A store that could be read before a request cannot be read after it."""
    return any(
        is_json(text) and not is_json(answer.after.get(name, ""))
        for answer in record.answers
        for name, text in stores(answer.before).items()
    )


def store_wiped(record: Record) -> bool:
    """What stood in a store before a request is gone after it: each begins with `ada`."""
    return any(
        '"ada"' in text and '"ada"' not in answer.after.get(name, '"ada"') and is_json(answer.after[name])
        for answer in record.answers
        for name, text in stores(answer.before).items()
    )


def update_lost(record: Record) -> bool:
    """The client was told that a name is stored, and it is not."""
    kept = stores(record.kept)
    sent = (answer.sent.partition(" ")[2] for answer in record.answers if stores_name(answer))
    names = [json.loads(body)["name"] for body in sent]
    return bool(kept) and any(not any(f'"{name}"' in text for text in kept.values()) for name in names)


def stores_name(answer: Answer) -> bool:
    return answer.method == "POST" and answer.is_success and '"name"' in answer.sent


def stores(files: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in files.items() if name.endswith(".json")}


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def left_over(record: Record) -> bool:
    """A request that failed left a file behind."""
    return any(not answer.is_success and set(answer.after) - set(answer.before) for answer in record.answers)


def any_size_accepted(record: Record) -> bool:
    """An upload of megabytes was taken."""
    return any(answer.uploaded > 1_000_000 and answer.is_success for answer in record.answers)


def served_as_page(record: Record) -> bool:
    """What one client uploaded, others get as a page of this site."""
    uploads = [answer.sent for answer in record.answers if answer.uploaded]
    return any(is_page(answer) and sent in answer.text for answer in record.answers for sent in uploads)


def markup_in_page(record: Record) -> bool:
    """Markup from a request stands in a page."""
    return any(is_page(answer) and "<i>marked</i>" in answer.text for answer in record.answers)


def is_page(answer: Answer) -> bool:
    is_shown = not answer.headers.get("content-disposition", "").startswith("attachment")
    return is_shown and answer.headers.get("content-type", "").startswith("text/html")


def unknown_to_other_worker(record: Record) -> bool:
    """A second worker answers otherwise than the first."""
    pairs = zip(record.answers, record.answers[1:])
    return any(one.by_other_worker and (one.status, one.text) != (two.status, two.text) for one, two in pairs)


def built_twice(record: Record) -> bool:
    """What is made once was read twice."""
    read = [path for path in record.of("read") if path.endswith(".bin")]
    return len(read) > len(set(read))


def order_decides(record: Record) -> bool:
    """Requests that change nothing change what an equal one is answered."""
    reads = [answer for answer in record.answers if answer.method == "GET" and answer.is_success]
    first = {}
    return any(
        (answer.status, answer.text) != first.setdefault(answer.path, (answer.status, answer.text)) for answer in reads
    )


def same_id_twice(record: Record) -> bool:
    """Two things that were made have the same id."""
    replies = [answer.text for answer in record.answers if answer.method == "POST" and is_json(answer.text)]
    made = [number for text in replies if (number := json.loads(text).get("id")) is not None]
    return len(made) > len(set(made))


def client_for_each_request(record: Record) -> bool:
    """Two requests make two engines, or two sessions, each with a pool of connections."""
    return sum(bool(record.of("client", answer)) for answer in record.answers) > 1


def loop_blocked(record: Record) -> bool:
    """A thread stood still, and the event loop in it."""
    return bool(record.of("blocked-loop"))


def task_collected(record: Record) -> bool:
    """A task ended because nobody kept it."""
    return any("Task was destroyed" in text for text in record.of("log"))


def await_failed(record: Record) -> bool:
    """What was awaited or made a task of is neither."""
    return any(
        isinstance(error, TypeError) and ("await" in str(error) or "coroutine was expected" in str(error))
        for error in record.of("exception")
    )


def secret_logged(record: Record) -> bool:
    """A password from a request stands in the log."""
    return any("correct-horse" in text for text in record.of("log"))


def inside_reached(record: Record) -> bool:
    """The client made the program connect to a server inside."""
    connects = {f"{address[0]}:{address[1]}" for address in record.of("connect")}
    return any(address in answer.sent for answer in record.answers for address in connects)


def leaves_site(record: Record) -> bool:
    """The client decided where the answer leads."""
    return any("elsewhere.example" in answer.headers.get("location", "") for answer in record.answers)


def rows_of_others(record: Record) -> bool:
    """A query gave rows that it was not made for."""
    return any("private row" in answer.text for answer in record.answers)


def write_rolled_back(record: Record) -> bool:
    """A change to rows is undone although the request was answered as planned."""
    return any(answer.raised is None and answer.status < 500 and is_undone(record, answer) for answer in record.answers)


def is_undone(record: Record, answer: Answer) -> bool:
    pending = False
    for kind, _ in record.events[answer.first_event : answer.last_event]:
        if kind == "rollback" and pending:
            return True
        pending = kind == "row-change" or (pending and kind != "commit")
    return False


TESTS = (
    error_text_in_answer,
    error_unseen,
    interrupt_swallowed,
    status_lost,
    endless_wait,
    child_left_behind,
    injected,
    path_escaped,
    half_written,
    store_wiped,
    update_lost,
    left_over,
    any_size_accepted,
    served_as_page,
    markup_in_page,
    unknown_to_other_worker,
    built_twice,
    order_decides,
    same_id_twice,
    client_for_each_request,
    loop_blocked,
    task_collected,
    await_failed,
    secret_logged,
    inside_reached,
    leaves_site,
    rows_of_others,
    write_rolled_back,
)
