"""The boards that firmware can be built for: one frozen entry each.

A board's name is its folder in firmware/boards/ and its CMake preset; the device sends it in
the handshake.
"""

from dataclasses import dataclass

from kws_codegen.base.errors import KwsError

KIB = 1024


@dataclass(frozen=True)
class Emulator:
    """How QEMU runs a board's firmware.

    With `-icount shift=N` each instruction takes 2^N ns of the emulated time; the port's
    tick scale (kws_board_tick_scale) turns the timer's ticks back into instructions.
    """

    program: str  # qemu-system-...
    package: str  # Debian package that brings it
    machine: tuple[str, ...]  # value of -M and further options
    icount_shift: int


@dataclass(frozen=True)
class Probe:
    """How a debug probe reaches a real board, for `kws flash`."""

    openocd_interface: str
    openocd_target: str
    pyocd_target: str
    st_link: bool  # st-flash knows it


@dataclass(frozen=True)
class Board:
    """What the host knows of a board. None where a number means nothing (a PC)."""

    name: str
    core: str
    flash_bytes: int | None
    ram_bytes: int | None
    clock_hz: int | None
    firmware_file: str  # what the build leaves in its folder
    compiler: str  # program that must be on the PATH
    compiler_package: str  # Debian package that brings it
    runs_as: str  # how `kws evaluate --board` runs it, for people
    baud: int = 921_600  # of its serial line
    emulator: Emulator | None = None
    probe: Probe | None = None  # None: not a board that one can buy


def _qemu_arm(machine: str) -> Emulator:
    return Emulator("qemu-system-arm", "qemu-system-arm", (machine,), icount_shift=6)


def _cortex_m(
    name: str,
    core: str,
    flash_kib: int,
    ram_kib: int,
    clock_hz: int,
    machine: str,
    baud: int = 921_600,
    probe: Probe | None = None,
) -> Board:
    return Board(
        name=name,
        core=core,
        flash_bytes=flash_kib * KIB,
        ram_bytes=ram_kib * KIB,
        clock_hz=clock_hz,
        firmware_file="kws_firmware.elf",
        compiler="arm-none-eabi-gcc",
        compiler_package="gcc-arm-none-eabi libnewlib-arm-none-eabi",
        runs_as=f"QEMU, machine {machine}"
        + (f", or a real one (--port, {baud} baud)" if probe else ""),
        baud=baud,
        emulator=_qemu_arm(machine),
        probe=probe,
    )


# Flash and RAM are those of memory.ld in the port's folder; it says which chip has them.
BOARDS: tuple[Board, ...] = (
    Board(
        name="host",
        core="this computer",
        flash_bytes=None,
        ram_bytes=None,
        clock_hz=None,
        firmware_file="kws_firmware",
        compiler="cc",
        compiler_package="gcc",
        runs_as="a program with a pseudo-terminal",
    ),
    _cortex_m("mps2_an385", "Cortex-M3", 1024, 128, 25_000_000, "mps2-an385"),
    _cortex_m("mps2_an386", "Cortex-M4F", 1024, 256, 25_000_000, "mps2-an386"),
    _cortex_m("mps2_an500", "Cortex-M7", 1024, 320, 25_000_000, "mps2-an500"),
    _cortex_m("mps3_an547", "Cortex-M55 with Helium", 512, 512, 32_000_000, "mps3-an547"),
    _cortex_m(
        "stm32f405",
        "Cortex-M4F",
        1024,
        128,
        168_000_000,
        "netduinoplus2",
        probe=Probe("interface/stlink.cfg", "target/stm32f4x.cfg", "stm32f405rg", st_link=True),
    ),
    _cortex_m(
        "microbit",
        "Cortex-M0",
        256,
        16,
        16_000_000,
        "microbit",
        baud=115_200,
        probe=Probe("interface/cmsis-dap.cfg", "target/nrf51.cfg", "nrf51", st_link=False),
    ),
    Board(
        name="rv32",
        core="RV32IMAC",
        flash_bytes=4096 * KIB,
        ram_bytes=512 * KIB,
        clock_hz=None,
        firmware_file="kws_firmware.elf",
        compiler="riscv64-unknown-elf-gcc",
        compiler_package="gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf",
        runs_as="QEMU, machine virt",
        emulator=Emulator(
            "qemu-system-riscv32", "qemu-system-misc", ("virt", "-bios", "none"), icount_shift=0
        ),
    ),
)


def find_board(name: str) -> Board:
    """The board of that name; KwsError lists the names there are."""
    for board in BOARDS:
        if board.name == name:
            return board
    names = ", ".join(board.name for board in BOARDS)
    raise KwsError(f"no board is called {name!r}", f"Boards: {names}.")
