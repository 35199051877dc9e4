"""What microphone and camera of the two people give: German speech, and a picture that moves.

Made once and kept in the system's folder for temporary files. The speech has no long pauses, so
that silence is the network's doing; the picture has the noise of a cheap camera, which is what
makes a real one expensive to send.
"""

import math
import random
import struct
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

from bench.netlab.hosts import run

FOLDER = Path(tempfile.gettempdir()) / "vl-netlab-media-2"
RATE = 48000  # Hz
SECONDS = 6  # of the picture's loop
VOICES = {"citizen": ("de+f3", 165), "clerk": ("de", 160)}
WORDS = {
    "citizen": (
        "Guten Tag, ich bin vor zwei Wochen umgezogen und möchte meine neue Adresse anmelden, "
        "mein Personalausweis liegt hier vor mir und die Bestätigung vom Vermieter habe ich auch, "
        "außerdem brauche ich für meine Tochter eine Bescheinigung, die geht ab September in den "
        "Kindergarten in der Gartenstraße, und dann wollte ich noch fragen, ob der Parkausweis "
        "weiter gilt oder ob ich dafür einen neuen Antrag stellen muss, weil wir jetzt ja in "
        "einem anderen Bezirk wohnen und mein Auto dort jeden Abend auf der Straße steht."
    ),
    "clerk": (
        "Schönen guten Morgen im Bürgerbüro, das bekommen wir gleich zusammen hin, halten Sie "
        "bitte zuerst die Vorderseite Ihres Ausweises ruhig vor die Kamera und danach die "
        "Rückseite, ich trage währenddessen die neue Anschrift ein und prüfe, welche Gebühr "
        "dafür anfällt, die Bescheinigung für den Kindergarten kostet nichts, den Parkausweis "
        "müssen Sie allerdings neu beantragen, das dauert ungefähr drei Werktage, und wir "
        "schicken Ihnen die Unterlagen anschließend mit der Post an die neue Adresse."
    ),
}


def speech(seat: str) -> Path:
    """The voice of a seat as a WAV file at 48 kHz."""
    file = FOLDER / f"{seat}.wav"
    if file.exists():
        return file
    FOLDER.mkdir(exist_ok=True)
    voice, speed = VOICES[seat]
    spoken = FOLDER / f"{seat}.espeak.wav"
    run("espeak-ng", "-v", voice, "-s", str(speed), "-w", str(spoken), WORDS[seat])
    with wave.open(str(spoken)) as source:
        rate = source.getframerate()
        raw = source.readframes(source.getnframes())
    samples = struct.unpack(f"<{len(raw) // 2}h", raw)
    draft = file.with_suffix(".draft")
    with wave.open(str(draft), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(RATE)
        target.writeframes(_resampled(samples, rate))
    draft.rename(file)
    return file


def _resampled(samples: tuple[int, ...], rate: int) -> bytes:
    """At 48 kHz, by straight lines between the samples, without the silence at both ends."""
    loud = [i for i, s in enumerate(samples) if abs(s) > 300]
    samples = samples[loud[0] : loud[-1] + rate // 8]
    count = int((len(samples) - 1) * RATE / rate)
    found = bytearray()
    for i in range(count):
        place = i * rate / RATE
        left = int(place)
        value = samples[left] + (samples[left + 1] - samples[left]) * (place - left)
        found += struct.pack("<h", int(value))
    return bytes(found)


@dataclass(frozen=True)
class Camera:
    """How large a picture and how many of them a second."""

    width: int = 640
    height: int = 480
    fps: int = 30


SMALL = Camera()
LARGE = Camera(1280, 720, 20)  # as good webcams; costs twice the processor


def picture(camera: Camera = SMALL) -> Path:
    """A head that moves before a wall, as a Y4M file."""
    width, height = camera.width, camera.height
    file = FOLDER / f"camera-{height}.y4m"
    if file.exists():
        return file
    FOLDER.mkdir(exist_ok=True)
    dice = random.Random(1)
    wall, face = (_grain(dice, level) for level in (90, 170))
    colour = bytes([122]) * (width * height // 4) + bytes([136]) * (width * height // 4)
    draft = file.with_suffix(".draft")
    with draft.open("wb") as out:
        out.write(f"YUV4MPEG2 W{width} H{height} F{camera.fps}:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(camera.fps * SECONDS):
            turn = 2 * math.pi * number / (camera.fps * SECONDS)
            x = width / 2 + height / 8 * math.sin(turn)
            y = height / 2 + height / 20 * math.sin(2 * turn)
            out.write(b"FRAME\n")
            for row in range(height):
                out.write(_row(row, x, y, camera, dice.randrange(len(wall) - width), wall, face))
            out.write(colour)
    draft.rename(file)
    return file


def _grain(dice: random.Random, level: int) -> bytes:
    """A long strip of one brightness with the noise of a sensor; every frame cuts elsewhere."""
    return bytes(max(16, min(235, int(dice.gauss(level, 4)))) for _ in range(1 << 18))


def _row(
    row: int, x: float, y: float, camera: Camera, start: int, wall: bytes, face: bytes
) -> bytes:
    unit = camera.height / 480
    line = bytearray(wall[start : start + camera.width])
    if row % int(60 * unit) < 4 * unit:  # shelves behind the head give the wall some edges
        line[:] = bytes(max(16, b - 50) for b in line)
    height = (row - y) / (150 * unit)
    if abs(height) < 1:
        half = int(110 * unit * math.sqrt(1 - height * height))
        left = int(x) - half
        line[left : left + 2 * half] = face[start : start + 2 * half]
        if -0.35 < height < -0.2:  # eyes
            for eye in (-45, 45):
                at = int(x + (eye - 12) * unit)
                line[at : at + int(24 * unit)] = bytes([40]) * int(24 * unit)
    return bytes(line)
