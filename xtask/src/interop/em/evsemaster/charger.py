"""evsemaster's simulated charger, until it is ended; then it prints what it received, as JSON.

Arguments: address, client port, PIN, and options of FakeEvse as JSON.
"""
import asyncio
import json
import signal
import sys

from evsemaster import testing

IP, PORT, PIN, OPTIONS = sys.argv[1], int(sys.argv[2]), sys.argv[3], json.loads(sys.argv[4])


def without_output(*values, **named):
    """It always says that its output is on, with which a charger charges."""
    status = bytearray(STATUS(*values, **named))
    status[19] = 2
    return bytes(status)


STATUS, testing.status_payload = testing.status_payload, without_output


async def main():
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    raised = []
    loop.set_exception_handler(lambda _, context: raised.append(str(context.get("exception"))))
    records = OPTIONS.pop("records", 0)
    history = {
        slot: testing.charge_record_payload(charge_id=f"20261016120{slot}", kwh=100 * slot)
        for slot in range(1, records + 1)
    }
    fake = testing.FakeEvse("aa" * 8, PIN, ip=IP, client_port=PORT, history=history, **OPTIONS)
    # Real ones lose some answers, too.
    fake.drop_history_once = set(history) & {2}
    await fake.start()
    print(f"ready em {IP}:{fake.port}", flush=True)
    await ended.wait()
    told = {
        "received": [command.name for command in fake.received],
        "payloads": {command.name: payload.hex() for command, payload in fake.payloads.items()},
        "raised": raised,
        "registered": fake.has_session,
        "language": fake.language,
        "amps": fake.amps_set,
        "plan": fake.weekly_plan.hex(),
    }
    fake.stop()
    print(json.dumps(told), flush=True)


asyncio.run(main())
