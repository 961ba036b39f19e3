using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Generation.Cpu;

/// <summary>
/// The products of <see cref="PackedWeights"/> with <see cref="PackedRows"/> in AVX-512 VNNI: a function for each form of weights and each
/// number of rows that share a tile, written as machine code when the first model is opened.
/// </summary>
internal static unsafe partial class PanelKernel
{
    // Registers: the sums of a tile's rows, those of the block at hand, and what all rows share.
    private const int Sums = 0;
    private const int BlockSums = PackedRows.Tile;
    private const int Weights = 28;
    private const int Scales = 29;
    private const int Zeros = 30;
    private const int Mask = 31;

    // How far ahead of a single row's product its weights are asked for: the processor's own look-ahead ends with a page of 4 KB.
    private const int Ahead = 4096;

    private static readonly Lazy<nint[]?> Functions = new(Make);

    /// <summary>Whether this process can use them.</summary>
    public static bool IsSupported => Functions.Value is not null;

    /// <summary>See <see cref="IPanelProduct.Multiply"/>.</summary>
    public static void Multiply(WeightForm form, int tokens, byte* values, byte* scales, byte* x, long steps, long panels, float* to) =>
        ((delegate* unmanaged<byte*, byte*, byte*, long, long, float*, void>)Functions.Value![Index(form, tokens)])(values, scales, x, steps, panels, to);

    private static int Index(WeightForm form, int tokens) => ((int)form * PackedRows.Tile) + tokens - 1;

    private static nint[]? Make()
    {
        // Leaf 7, ECX bit 11 is AVX512_VNNI (Intel, volume 2, CPUID); that the system keeps its registers is known by AVX512F.
        if (!OperatingSystem.IsLinux() || !Avx512BW.IsSupported || (X86Base.CpuId(7, 0).Ecx & (1 << 11)) == 0)
        {
            return null;
        }

        List<byte> code = [];
        var starts = new int[Index(WeightForm.FourBitsAndZeros, PackedRows.Tile) + 1];
        foreach (var form in Enum.GetValues<WeightForm>())
        {
            for (var tokens = 1; tokens <= PackedRows.Tile; tokens++)
            {
                code.AddRange(new byte[-code.Count & 63]);
                starts[Index(form, tokens)] = code.Count;
                code.AddRange(Write(form, tokens));
            }
        }

        return Executable(CollectionsMarshal.AsSpan(code)) is var memory and not 0 ? [.. starts.Select(start => memory + start)] : null;
    }

    /// <summary>The code of one function: values, scales, rows, steps, panels, where to.</summary>
    internal static ReadOnlySpan<byte> Write(WeightForm form, int tokens)
    {
        const Register values = Register.Rdi, scales = Register.Rsi, x = Register.Rdx, steps = Register.Rcx, panels = Register.R8, to = Register.R9;
        const Register firstRow = Register.R10, allSteps = Register.R11;
        var blocks = form == WeightForm.EightBits ? 1 : 2;
        var code = new Assembler();
        code.Move(firstRow, x);
        code.Move(allSteps, steps);
        if (form != WeightForm.EightBits)
        {
            code.BroadcastConstant(Mask, 0x0F0F0F0F);
        }

        var panel = code.Here;
        for (var t = 0; t < tokens; t++)
        {
            code.Clear(Sums + t);
        }

        code.Move(x, firstRow);
        code.Move(steps, allSteps);
        var step = code.Here;
        for (var block = 0; block < blocks; block++)
        {
            Block(code, form, tokens, block, new(values, 0), new(scales, block * PackedWeights.ScaleBytes(form)), new(x, block * PackedRows.BlockBytes * tokens));
        }

        code.Add(values, PackedWeights.StepBytes);
        code.Add(scales, blocks * PackedWeights.ScaleBytes(form));
        code.Add(x, blocks * PackedRows.BlockBytes * tokens);
        code.CountDown(steps, step);
        for (var t = 0; t < tokens; t++)
        {
            code.Store(Sums + t, new(to, t * 64));
        }

        code.Add(to, tokens * 64);
        code.CountDown(panels, panel);
        code.Return();
        return code.Code;
    }

    private static void Block(Assembler code, WeightForm form, int tokens, int block, Memory values, Memory scales, Memory x)
    {
        const int quadBytes = 64;
        var real = x.Offset + (BlockWeights.Size * tokens);
        var zero = real + (sizeof(float) * tokens);
        if (form == WeightForm.FourBitsAndZeros)
        {
            code.LoadBytes(Zeros, scales with { Offset = scales.Offset + (PackedWeights.Panel * sizeof(short)) });
        }

        for (var t = 0; t < tokens; t++)
        {
            if (form == WeightForm.FourBitsAndZeros)
            {
                code.MultiplyWhole(BlockSums + t, Zeros, x with { Offset = zero + (sizeof(int) * t) });
            }
            else
            {
                code.Broadcast(BlockSums + t, x with { Offset = zero + (sizeof(int) * t) });
            }
        }

        for (var quad = 0; quad < PackedWeights.Quads; quad++)
        {
            var at = values with { Offset = quad * quadBytes };
            if (tokens == 1 && block == 0)
            {
                code.Prefetch(at with { Offset = at.Offset + Ahead });
            }

            if (form == WeightForm.EightBits)
            {
                code.Load(Weights, at);
            }
            else if (block == 0)
            {
                code.And(Weights, Mask, at);
            }
            else
            {
                code.ShiftRightWords(Weights, at, 4);
                code.And(Weights, Weights, Mask);
            }

            for (var t = 0; t < tokens; t++)
            {
                code.AddByteProducts(BlockSums + t, Weights, x with { Offset = x.Offset + (4 * ((quad * tokens) + t)) });
            }
        }

        code.LoadShorts(Scales, scales);
        code.ToReal(Scales, Scales);
        for (var t = 0; t < tokens; t++)
        {
            code.ToReal(BlockSums + t, BlockSums + t);
            code.Multiply(BlockSums + t, BlockSums + t, x with { Offset = real + (sizeof(float) * t) });
            code.MultiplyAdd(Sums + t, BlockSums + t, Scales);
        }
    }

    // Written, then made executable, never both at once; where that is forbidden there are the intrinsics.
    private static nint Executable(ReadOnlySpan<byte> code)
    {
        const int readAndWrite = 3, readAndRun = 5, privateAndAnonymous = 0x22;
        var memory = Map(0, (nuint)code.Length, readAndWrite, privateAndAnonymous, -1, 0);
        if (memory == -1)
        {
            return 0;
        }

        code.CopyTo(new Span<byte>((void*)memory, code.Length));
        return Protect(memory, (nuint)code.Length, readAndRun) == 0 ? memory : 0;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);
}
