"""Write a small shared library (ELF) for Linux on x86-64, byte by byte.

It needs no compiler and no linker, so the same names give the same bytes on every machine. Sources:
the System V ABI, chapters 4 and 5 ("Object Files", "Program Loading and Dynamic Linking"), and its
AMD64 supplement. The file has only what the dynamic loader reads, so no section headers. Each of
its three parts begins a page; none is both writable and executable:

==== ============= ===========================================================================
page may be        holds
==== ============= ===========================================================================
0    read          the headers, the hash table, the symbols, one relocation, all names
1    read, run     the function behind all exported names; what is run when the library loads
2    read, written where those tables are (glibc before 2.35 writes their addresses into it);
                   the address that the relocation asks for, and eight bytes to start with
==== ============= ===========================================================================
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

_PAGE_BYTES = 0x1000
_FILE_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_RELOCATION = struct.Struct("<QQQ")
_ENTRY = struct.Struct("<QQ")  # of the dynamic table

_IDENTITY = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")  # 64 bits, little-endian, version 1
_ET_DYN, _EM_X86_64, _R_X86_64_GLOB_DAT = 3, 62, 6
_PT_LOAD, _PT_DYNAMIC, _PT_GNU_STACK = 1, 2, 0x6474E551
_RUN, _WRITE, _READ = 1, 2, 4
_DT_NULL, _DT_NEEDED, _DT_HASH, _DT_STRTAB, _DT_SYMTAB = 0, 1, 4, 5, 6
_DT_STRSZ, _DT_SYMENT = 10, 11
_DT_RELA, _DT_RELASZ, _DT_RELAENT, _DT_INIT, _DT_SONAME = 7, 8, 9, 12, 14
_GLOBAL_FUNCTION = 1 << 4 | 2
_UNDEFINED, _DEFINED = 0, 1  # the number of a section, of which only 0 means anything here

_RETURN_0 = b"\x31\xc0\xc3".ljust(16, b"\xcc")  # xor eax, eax; ret; the rest is never reached
_START = struct.Struct("<3si2si")
_LEA_RDI, _JMP = b"\x48\x8d\x3d", b"\xff\x25"  # both to memory, counted from the next instruction
_SEGMENTS, _DYNAMIC_BYTES = 5, 12 * _ENTRY.size


@dataclass(frozen=True)
class Start:
    """Name another library's function, which ours calls with eight zero bytes when it is loaded."""

    library: str
    function: str


def shared_library(soname: str, functions: Sequence[str], start: Start) -> bytes:
    """Build the library ``soname``. Its functions, at least one, return 0. All names are ASCII."""
    plan = _Plan(soname, tuple(functions), start)
    parts = (_read_only(plan), _code(plan), _written(plan))
    return b"".join(part.ljust(_pages(len(part)), b"\0") for part in parts)


@dataclass(frozen=True)
class _Plan:
    """Lay the library out: offsets in the file are also addresses in memory."""

    soname: str
    functions: tuple[str, ...]
    start: Start

    symbols_at = _FILE_HEADER.size + _SEGMENTS * _SEGMENT.size

    @property
    def names(self) -> bytes:
        names = ("", self.soname, self.start.library, self.start.function, *self.functions)
        return b"".join(name.encode("ascii") + b"\0" for name in names)

    def name_at(self, name: str) -> int:
        """Find the offset of a name in the table of names."""
        return self.names.index(f"\0{name}\0".encode("ascii")) + 1

    @property
    def relocation_at(self) -> int:
        return self.symbols_at + (2 + len(self.functions)) * _SYMBOL.size

    @property
    def hashes_at(self) -> int:
        return self.relocation_at + _RELOCATION.size

    @property
    def hashes(self) -> bytes:
        """Pack a hash table of one bucket, which chains all symbols, so no name need be hashed."""
        chain = (0, *range(2, 2 + len(self.functions)), 0)
        return struct.pack(f"<{3 + len(chain)}I", 1, len(chain), 1, *chain)

    @property
    def names_at(self) -> int:
        return self.hashes_at + len(self.hashes)

    @property
    def code_at(self) -> int:
        return _pages(self.names_at + len(self.names))

    @property
    def start_code_at(self) -> int:
        return self.code_at + len(_RETURN_0)

    @property
    def dynamic_at(self) -> int:
        return self.code_at + _PAGE_BYTES

    @property
    def address_at(self) -> int:
        return self.dynamic_at + _DYNAMIC_BYTES


def _pages(size_bytes: int) -> int:
    """Round a size up to whole pages, in bytes."""
    return -(-size_bytes // _PAGE_BYTES) * _PAGE_BYTES


def _read_only(plan: _Plan) -> bytes:
    symbols = (
        bytes(_SYMBOL.size),  # the first symbol is reserved
        _SYMBOL.pack(plan.name_at(plan.start.function), _GLOBAL_FUNCTION, 0, _UNDEFINED, 0, 0),
        *(
            _SYMBOL.pack(place, _GLOBAL_FUNCTION, 0, _DEFINED, plan.code_at, len(_RETURN_0))
            for place in map(plan.name_at, plan.functions)
        ),
    )
    relocation = _RELOCATION.pack(plan.address_at, 1 << 32 | _R_X86_64_GLOB_DAT, 0)  # by symbol 1
    return b"".join(
        (_file_header(), *_segments(plan), *symbols, relocation, plan.hashes, plan.names)
    )


def _file_header() -> bytes:
    return _FILE_HEADER.pack(
        _IDENTITY,
        _ET_DYN,
        _EM_X86_64,
        1,  # version
        0,  # no entry point
        _FILE_HEADER.size,  # where the segments' headers are
        0,  # no section headers
        0,  # no flags
        _FILE_HEADER.size,
        _SEGMENT.size,
        _SEGMENTS,
        *(0, 0, 0),  # about section headers
    )


def _segments(plan: _Plan) -> tuple[bytes, ...]:
    read, run, write = _READ, _READ | _RUN, _READ | _WRITE
    return (
        _segment(_PT_LOAD, read, 0, plan.names_at + len(plan.names)),
        _segment(_PT_LOAD, run, plan.code_at, len(_code(plan))),
        _segment(_PT_LOAD, write, plan.dynamic_at, len(_written(plan))),
        _segment(_PT_DYNAMIC, write, plan.dynamic_at, _DYNAMIC_BYTES, align_bytes=8),
        _segment(_PT_GNU_STACK, write, 0, 0, align_bytes=16),  # without it the stack could be run
    )


def _segment(
    kind: int, allowed: int, at: int, size_bytes: int, *, align_bytes: int = _PAGE_BYTES
) -> bytes:
    return _SEGMENT.pack(kind, allowed, at, at, at, size_bytes, size_bytes, align_bytes)


def _code(plan: _Plan) -> bytes:
    """Pack the code that returns 0, and the code that jumps to the start's function."""
    to_bytes = plan.address_at + 8 - (plan.start_code_at + 7)
    to_address = plan.address_at - (plan.start_code_at + _START.size)
    return _RETURN_0 + _START.pack(_LEA_RDI, to_bytes, _JMP, to_address)


def _written(plan: _Plan) -> bytes:
    dynamic = (
        (_DT_NEEDED, plan.name_at(plan.start.library)),
        (_DT_SONAME, plan.name_at(plan.soname)),
        (_DT_INIT, plan.start_code_at),
        (_DT_HASH, plan.hashes_at),
        (_DT_STRTAB, plan.names_at),
        (_DT_SYMTAB, plan.symbols_at),
        (_DT_STRSZ, len(plan.names)),
        (_DT_SYMENT, _SYMBOL.size),
        (_DT_RELA, plan.relocation_at),
        (_DT_RELASZ, _RELOCATION.size),
        (_DT_RELAENT, _RELOCATION.size),
        (_DT_NULL, 0),
    )
    return b"".join((*(_ENTRY.pack(*entry) for entry in dynamic), bytes(16)))
