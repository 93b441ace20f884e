"""Does one thing with evsemaster's client and prints what it reports, as JSON.

Arguments: case, client port, PIN, addresses of chargers.
"""
import asyncio
import json
import sys
from datetime import datetime, time, timedelta

import evsemaster.device
from evsemaster.data_types import CommandEnum, LanguageEnum, WeeklyPlan, WeeklyPlanSlot
from evsemaster.listener import EvseListener

CASE, PORT, PIN, HOSTS = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:]
LIMIT = 20.0


class Client:
    """A listener, its devices and every event that they raised."""

    def __init__(self):
        self.found = []
        self.events = []
        self.listener = EvseListener(listen_port=PORT, on_discovery=self.found.append)

    async def add(self, host, pin=PIN):
        return await self.listener.async_add_device(host, pin, on_event=lambda *event: self.events.append(event))

    async def logged_in(self, host=None):
        device = await self.add(host or HOSTS[0])
        if not await device.login():
            raise RuntimeError("login refused")
        await until(device.get_latest_status)
        await until(device.get_latest_charging_status)
        return device

    def last(self, kind):
        of_kind = [data for name, data in self.events if name == kind]
        return of_kind[-1] if of_kind else None


async def until(holds, limit=LIMIT):
    """Waits for something true; None when it never comes."""
    end = asyncio.get_running_loop().time() + limit
    while asyncio.get_running_loop().time() < end:
        if value := holds():
            return value
        await asyncio.sleep(0.05)
    return None


def report(device):
    return {
        "logged_in": device.is_authorised,
        "receiving": device.is_receiving,
        "charging": device.is_charging,
        "serial": device.serial,
        "port": device.send_port,
        "time_delta": device.time_delta,
        "info": device.get_latest_device_info(),
        "status": device.get_latest_status(),
        "charge": device.get_latest_charging_status(),
        "plan": device.get_latest_weekly_plan(),
    }


def state(device):
    status = device.get_latest_status()
    return status and status.current_state.name


async def listen(client):
    """An idle charger announces itself."""
    await until(lambda: len(client.found) >= len(HOSTS))
    return {"found": client.found}


async def probe(client):
    """A charger answers a probe without a PIN. Announced it has not yet."""
    await client.listener.probe(HOSTS[0])
    await until(lambda: client.found, 2.0)
    return {"found": client.found}


async def search(client):
    """The same by broadcast."""
    await client.listener.probe()
    await until(lambda: client.found, 2.0)
    return {"found": client.found}


async def login(client):
    """Until the charger has said twice by a heading that it has a client."""
    device = await client.logged_in()
    for _ in range(2):
        since = device.last_heading
        await until(lambda: device.last_heading != since)
    return report(device)


async def wrong_pin(client):
    device = await client.add(HOSTS[0], "654321" if PIN != "654321" else "123456")
    return report(device) | {"logged_in": await device.login()}


async def several(client):
    devices = [await client.logged_in(host) for host in HOSTS]
    return {"devices": [report(device) for device in devices]}


async def name(client):
    device = await client.logged_in()
    before = device.get_latest_device_info().nickname
    await device.set_nickname("Garage 7")
    await until(lambda: device.get_latest_device_info().nickname != before, 3.0)
    return report(device)


async def language(client):
    device = await client.logged_in()
    await device.set_language(LanguageEnum.FRENCH)
    await until(lambda: device.get_latest_device_info().language == LanguageEnum.FRENCH, 3.0)
    await asyncio.sleep(2.3)
    return report(device)


async def current(client):
    device = await client.logged_in()
    await device.set_output_amperage(13)
    await until(lambda: device.get_latest_device_info().configured_max_amps == 13, 3.0)
    return report(device)


async def plan(client):
    device = await client.logged_in()
    slots = [WeeklyPlanSlot()] * 7
    slots[1] = WeeklyPlanSlot(enabled=True, start=time(22, 30), duration_minutes=90)
    slots[6] = WeeklyPlanSlot(enabled=True, start=time(1, 5), duration_minutes=1440)
    wanted = WeeklyPlan(slots=slots)
    await device.set_weekly_plan(wanted)
    await until(lambda: device.get_latest_weekly_plan() == wanted, 3.0)
    await asyncio.sleep(2.3)
    return report(device)


async def clock(client):
    """Asks for the time that the login has set."""
    device = await client.logged_in()
    device.send_command(CommandEnum.SYSTEM_TIME_REQUEST, bytes([2, 0, 0, 0, 0]))
    await asyncio.sleep(0.5)
    return report(device)


async def charging(client):
    """Until the car takes power and both pushes have come."""
    device = await client.logged_in()
    await until(lambda: device.get_latest_status().current_power > 5000)
    await until(lambda: device.get_latest_charging_status().charge_kwh > 0)
    return report(device)


async def history(client):
    """At four slots a second, its own pace, a ring of 300 takes 75 s."""
    evsemaster.device.HISTORY_REQUEST_INTERVAL = 0.02
    device = await client.logged_in()
    return {"history": await device.read_history()}


async def start(client):
    device = await client.logged_in()
    await device.start_charging(max_amps=10)
    await until(lambda: device.is_charging)
    await until(lambda: device.get_latest_charging_status().user_id == device.user_id)
    return report(device)


async def stop(client):
    """After a start; the record of the charge comes by itself."""
    device = await client.logged_in()
    await device.start_charging(max_amps=16, duration_minutes=600)
    await until(lambda: device.is_charging)
    await asyncio.sleep(1.0)
    await device.stop_charging()
    await until(lambda: client.last("ChargeRecord"))
    await until(lambda: not device.is_charging)
    await asyncio.sleep(1.0)
    return report(device) | {"record": client.last("ChargeRecord")}


async def replay(client):
    """The record of the charge is lost once, so the charger sends it again."""
    device = await client.logged_in()
    device._handle_charge_record, take = lambda *record: None, device._handle_charge_record
    await device.start_charging(max_amps=6)
    await until(lambda: device.is_charging)
    await asyncio.sleep(0.5)
    await device.stop_charging()
    await until(lambda: not device.is_charging)
    await asyncio.sleep(0.5)
    device._handle_charge_record = take
    await until(lambda: client.last("ChargeRecord"))
    await asyncio.sleep(0.5)
    return report(device) | {"record": client.last("ChargeRecord")}


async def reserve(client):
    """In two hours, and cancelled again."""
    device = await client.logged_in()
    when = datetime.now().astimezone().replace(microsecond=0) + timedelta(hours=2)
    await device.start_charging(max_amps=8, start_date=when, duration_minutes=45)
    await until(lambda: state(device) == "CHARGING_RESERVATION")
    await device.request_status()
    await asyncio.sleep(0.5)
    reserved = report(device)
    await device.stop_charging()
    await until(lambda: state(device) != "CHARGING_RESERVATION")
    return reserved | {"wanted": when.isoformat(), "after": state(device)}


def plain(value):
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return str(value)


async def main():
    client = Client()
    if not await client.listener.start():
        raise RuntimeError("port taken")
    told = await asyncio.wait_for(globals()[CASE](client), 2 * LIMIT)
    print(json.dumps(told, default=plain))
    await client.listener.stop()


asyncio.run(main())
