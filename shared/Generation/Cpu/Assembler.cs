using System.Runtime.InteropServices;

namespace Pipeline.Generation.Cpu;

/// <summary>
/// Machine code for x86-64, as far as <see cref="PanelKernel"/> needs it: .NET has no intrinsics for AVX-512's byte products, which do twice
/// the work of AVX-VNNI's. The encodings are those of Intel's Software Developer's Manual, volume 2 (EVEX prefix: section 2.7).
/// </summary>
internal sealed class Assembler
{
    // Opcode maps and prefixes as the EVEX prefix names them.
    private const int Map0F = 1;
    private const int Map0F38 = 2;
    private const int No = 0;
    private const int P66 = 1;
    private const int PF3 = 2;

    private readonly List<byte> _code = [];

    /// <summary>The code so far.</summary>
    public ReadOnlySpan<byte> Code => CollectionsMarshal.AsSpan(_code);

    /// <summary>Where the next instruction begins.</summary>
    public int Here => _code.Count;

    /// <summary>zmm = 0.</summary>
    public void Clear(int zmm) => Registers(Map0F, P66, 0xEF, zmm, zmm, zmm);

    /// <summary>zmm = the 64 bytes there.</summary>
    public void Load(int zmm, Memory from) => Memory(Map0F, PF3, 0x6F, zmm, 0, from, 64, broadcast: false);

    /// <summary>The 64 bytes there = zmm.</summary>
    public void Store(int zmm, Memory to) => Memory(Map0F, No, 0x11, zmm, 0, to, 64, broadcast: false);

    /// <summary>All 16 lanes of zmm = the four bytes there.</summary>
    public void Broadcast(int zmm, Memory from) => Memory(Map0F38, P66, 0x58, zmm, 0, from, 4, broadcast: false);

    /// <summary>All 16 lanes of zmm = the number.</summary>
    public void BroadcastConstant(int zmm, int number)
    {
        // mov eax, imm32
        _code.Add(0xB8);
        Number(number);
        Registers(Map0F38, P66, 0x7C, zmm, 0, 0);
    }

    /// <summary>zmm = other and the 64 bytes there, bit by bit.</summary>
    public void And(int zmm, int other, Memory with) => Memory(Map0F, P66, 0xDB, zmm, other, with, 64, broadcast: false);

    /// <summary>zmm = other and with, bit by bit.</summary>
    public void And(int zmm, int other, int with) => Registers(Map0F, P66, 0xDB, zmm, other, with);

    /// <summary>zmm = the 64 bytes there, each pair of them shifted right.</summary>
    public void ShiftRightWords(int zmm, Memory from, byte bits)
    {
        // The target stands where other instructions have a source, and 2 in the place of the register.
        Memory(Map0F, P66, 0x71, 2, zmm, from, 64, broadcast: false);
        _code.Add(bits);
    }

    /// <summary>Adds to each lane of zmm the products of the four unsigned bytes of a lane with the four signed ones there (vpdpbusd).</summary>
    public void AddByteProducts(int zmm, int unsigned, Memory signed) => Memory(Map0F38, P66, 0x50, zmm, unsigned, signed, 4, broadcast: true);

    /// <summary>zmm = 16 numbers of 16 bits there, with their signs.</summary>
    public void LoadShorts(int zmm, Memory from) => Memory(Map0F38, P66, 0x23, zmm, 0, from, 32, broadcast: false);

    /// <summary>zmm = 16 unsigned bytes there.</summary>
    public void LoadBytes(int zmm, Memory from) => Memory(Map0F38, P66, 0x31, zmm, 0, from, 16, broadcast: false);

    /// <summary>zmm = other · the whole number there.</summary>
    public void MultiplyWhole(int zmm, int other, Memory with) => Memory(Map0F38, P66, 0x40, zmm, other, with, 4, broadcast: true);

    /// <summary>zmm = the whole numbers of a register as 32-bit reals.</summary>
    public void ToReal(int zmm, int whole) => Registers(Map0F, No, 0x5B, zmm, 0, whole);

    /// <summary>zmm = other · the real number there.</summary>
    public void Multiply(int zmm, int other, Memory with) => Memory(Map0F, No, 0x59, zmm, other, with, 4, broadcast: true);

    /// <summary>zmm += a · b.</summary>
    public void MultiplyAdd(int zmm, int a, int b) => Registers(Map0F38, P66, 0xB8, zmm, a, b);

    /// <summary>Asks for the 64 bytes there to be brought near.</summary>
    public void Prefetch(Memory from)
    {
        _code.AddRange([0x0F, 0x18]);
        Operand(1, from, 1);
    }

    /// <summary>to = from.</summary>
    public void Move(Register to, Register from) =>
        _code.AddRange([(byte)(0x48 | ((int)from >> 3 << 2) | ((int)to >> 3)), 0x89, (byte)(0xC0 | (((int)from & 7) << 3) | ((int)to & 7))]);

    /// <summary>register += number.</summary>
    public void Add(Register register, int number)
    {
        _code.AddRange([(byte)(0x48 | ((int)register >> 3)), 0x81, (byte)(0xC0 | ((int)register & 7))]);
        Number(number);
    }

    /// <summary>Takes one off the register and goes back to a place unless nothing is left.</summary>
    public void CountDown(Register register, int back)
    {
        _code.AddRange([(byte)(0x48 | ((int)register >> 3)), 0xFF, (byte)(0xC8 | ((int)register & 7)), 0x0F, 0x85]);
        Number(back - (Here + sizeof(int)));
    }

    /// <summary>Leaves the vector registers as other code expects them, and returns.</summary>
    public void Return() => _code.AddRange([0xC5, 0xF8, 0x77, 0xC3]);

    private void Registers(int map, int prefix, byte opcode, int register, int source, int operand)
    {
        Prefix(map, prefix, register, source, ((operand & 8) << 2) | ((operand & 16) << 2), broadcast: false);
        _code.AddRange([opcode, (byte)(0xC0 | ((register & 7) << 3) | (operand & 7))]);
    }

    private void Memory(int map, int prefix, byte opcode, int register, int source, Memory at, int unit, bool broadcast)
    {
        Prefix(map, prefix, register, source, ((int)at.Base & 8) << 2, broadcast);
        _code.Add(opcode);
        Operand(register, at, unit);
    }

    // Bits of the prefix that extend registers are stored inverted.
    private void Prefix(int map, int prefix, int register, int source, int operandBits, bool broadcast)
    {
        var extended = ((register & 8) << 4) | operandBits | (register & 16);
        _code.AddRange(
        [
            0x62,
            (byte)((~extended & 0xF0) | map),
            (byte)(((~source & 15) << 3) | 4 | prefix),
            (byte)(0x40 | (broadcast ? 0x10 : 0) | ((source & 16) == 0 ? 8 : 0)),
        ]);
    }

    // A displacement of whole units fits a byte more often than not.
    private void Operand(int register, Memory at, int unit)
    {
        var (field, scaled) = (((register & 7) << 3) | ((int)at.Base & 7), at.Offset / unit);
        if (at.Offset % unit == 0 && scaled is >= sbyte.MinValue and <= sbyte.MaxValue)
        {
            _code.AddRange([(byte)(0x40 | field), (byte)(sbyte)scaled]);
            return;
        }

        _code.Add((byte)(0x80 | field));
        Number(at.Offset);
    }

    private void Number(int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        _code.AddRange(bytes);
    }
}

/// <summary>A place in memory: a register's address and so many bytes further. The register is none whose low bits are those of rsp.</summary>
internal readonly record struct Memory(Register Base, int Offset);

/// <summary>General registers, by their numbers.</summary>
internal enum Register
{
    Rcx = 1,
    Rdx = 2,
    Rsi = 6,
    Rdi = 7,
    R8 = 8,
    R9 = 9,
    R10 = 10,
    R11 = 11,
}
