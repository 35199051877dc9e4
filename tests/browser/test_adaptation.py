"""Sound first on a bad line, in real browsers: what their own reports of loss make of a call."""

import pytest

from tests.browser.conftest import Arrive
from tests.browser.people import DESKTOP, PHONE, Office, Person, grows, sign_in, until
from tests.browser.test_visit import call, enter

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

# Where it says so, a fifth of what the page sends is reported as lost. Nothing is.
LOSSY = """
const read = RTCPeerConnection.prototype.getStats;
RTCPeerConnection.prototype.getStats = async function (...which) {
    const report = await read.apply(this, which);
    if (!window.__lossy) return report;
    const told = new Map(report);
    for (const [id, entry] of told) {
        if (entry.type !== 'remote-inbound-rtp') continue;
        const lost = Math.floor((told.get(entry.localId)?.packetsSent ?? 0) / 5);
        told.set(id, { ...entry, packetsLost: lost });
    }
    return told;
};
"""
SENT = """async () => {
    const pc = window.__calls.find((each) => each.connectionState === 'connected');
    const sdp = pc.remoteDescription.sdp;
    const first = /^m=audio \\S+ \\S+ (\\d+)/m.exec(sdp)[1];
    const entries = [...(await pc.getStats()).values()];
    const sent = (kind) => entries.find((e) => e.type === 'outbound-rtp' && e.kind === kind);
    return {
        codec: new RegExp(`^a=rtpmap:${first} ([^/]+)`, 'm').exec(sdp)[1],
        state: pc.signalingState,
        lines: sent('video').frameHeight, layers: sent('video').scalabilityMode,
        bytes: sent('audio').bytesSent, packets: sent('audio').packetsSent,
    };
}"""


async def bytes_a_packet(person: Person) -> float:
    """Of the sound sent, over some seconds from now on: the fake microphone beeps once in one."""
    before = await person.page.evaluate(SENT)

    async def some() -> dict[str, float] | None:
        now: dict[str, float] = await person.page.evaluate(SENT)
        return now if now["packets"] > before["packets"] + 150 else None

    now = await until(some, "sound to be sent")
    return float((now["bytes"] - before["bytes"]) / (now["packets"] - before["packets"]))


async def test_loss_is_answered_with_redundant_sound_and_a_smaller_picture(
    office: Office, arrive: Arrive
) -> None:
    """Without a new negotiation, and without a word to the other side."""
    citizen, clerk = await arrive(**PHONE), await arrive(**DESKTOP)
    await citizen.context.add_init_script(LOSSY)
    await sign_in(clerk, office)
    await citizen.page.goto(office.book())
    await enter(citizen)
    await call(clerk, citizen)
    status = citizen.page.locator(".stage__status")
    await status.get_by_text("Gute Verbindung").wait_for()
    plain = await citizen.page.evaluate(SENT)
    assert (plain["codec"], plain["state"]) == ("opus", "stable")
    size = await bytes_a_packet(citizen)

    await citizen.page.evaluate("window.__lossy = true")

    async def answered() -> bool:
        now = await citizen.page.evaluate(SENT)
        small: bool = now["lines"] <= 240 and now["layers"] == "L1T2"
        return small and (now["codec"], now["state"]) == ("red", "stable")

    await until(answered, "redundant sound and a small picture")
    assert await bytes_a_packet(citizen) > 1.5 * size
    await grows(clerk, "framesDecoded", "totalAudioEnergy")
    await status.get_by_text("Schwache Verbindung. Was hilft:").wait_for()
    assert (citizen.faults, clerk.faults) == ([], [])
