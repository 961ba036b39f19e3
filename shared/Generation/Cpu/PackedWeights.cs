namespace Pipeline.Generation.Cpu;

/// <summary>How weights lie in a panel.</summary>
internal enum WeightForm
{
    /// <summary>A byte each.</summary>
    EightBits,

    /// <summary>Two blocks share bytes: the first has the low halves.</summary>
    FourBits,

    /// <summary>The same, and each block of an output says what its 0 is.</summary>
    FourBitsAndZeros,
}

/// <summary>
/// A matrix laid out for products in panels of 16 outputs: of a block of 32 inputs, first four of the first output, four of the second and
/// so on, so that one vector holds what one vector of sums needs. A block's scale is a 16-bit fraction of its output's largest.
/// </summary>
internal sealed unsafe class PackedWeights
{
    /// <summary>Outputs a panel.</summary>
    public const int Panel = 16;

    /// <summary>Fours of inputs a block.</summary>
    public const int Quads = BlockWeights.Size / 4;

    /// <summary>Bytes of values a step: of a block, or of two that share them.</summary>
    public const int StepBytes = BlockWeights.Size * Panel;

    private PackedWeights(int rows, int columns, WeightForm form, PackedMemory memory)
    {
        (Rows, Columns, Form) = (rows, columns, form);
        Values = memory.Take(Panels * PanelBytes);
        Scales = memory.Take(Panels * PanelScaleBytes);
        RowScales = (float*)memory.Take(Panels * Panel * sizeof(float));
    }

    /// <summary>Outputs.</summary>
    public int Rows { get; }

    /// <summary>Inputs, a multiple of 32.</summary>
    public int Columns { get; }

    public WeightForm Form { get; }

    /// <summary>Panels, the last one filled up.</summary>
    public long Panels => (Rows + Panel - 1) / Panel;

    /// <summary>Steps of a panel: blocks, or pairs of them.</summary>
    public int Steps => StepsOf(Columns, Form);

    /// <summary>Bytes of a panel's values.</summary>
    public long PanelBytes => (long)Steps * StepBytes;

    /// <summary>Bytes of a panel's scales.</summary>
    public long PanelScaleBytes => (long)Steps * (Form == WeightForm.EightBits ? 1 : 2) * ScaleBytes(Form);

    /// <summary>Bytes that a product reads.</summary>
    public long Bytes => Panels * (PanelBytes + PanelScaleBytes);

    /// <summary>[Panels, Steps, 8, 16, 4].</summary>
    public byte* Values { get; }

    /// <summary>[Panels, blocks]: of each block 16 fractions of 16 bits, then what the outputs' zeros are if it says so.</summary>
    public byte* Scales { get; }

    /// <summary>What the fractions are of, an output each.</summary>
    public float* RowScales { get; }

    /// <summary>What activations are to be filled with for these weights; see <see cref="PackedRows.Fill"/>.</summary>
    public float Zero { get; private init; }

    /// <summary>Bytes of the scales of a block of a panel.</summary>
    public static int ScaleBytes(WeightForm form) => Panel * (form == WeightForm.FourBitsAndZeros ? sizeof(short) + sizeof(byte) : sizeof(short));

    /// <summary>The memory that a matrix takes.</summary>
    public static long SizeOf(BlockWeights source) => SizeOf(source.Rows, source.Columns, FormOf(source));

    /// <summary>The memory that a matrix takes in a form.</summary>
    public static long SizeOf(int rows, int columns, WeightForm form)
    {
        long panels = (rows + Panel - 1) / Panel, steps = StepsOf(columns, form);
        return PackedMemory.Padded(panels * steps * StepBytes)
            + PackedMemory.Padded(panels * steps * (form == WeightForm.EightBits ? 1 : 2) * ScaleBytes(form))
            + PackedMemory.Padded(panels * Panel * sizeof(float));
    }

    /// <summary>Lays out a matrix.</summary>
    public static PackedWeights Pack(BlockWeights source, PackedMemory memory)
    {
        var form = FormOf(source);
        var packed = new PackedWeights(source.Rows, source.Columns, form, memory)
        {
            Zero = form switch { WeightForm.EightBits => 128, WeightForm.FourBits => 8, _ => 1 },
        };
        PanelLayout.Fill(source, packed);
        return packed;
    }

    /// <summary>Lays out the upper halves of a matrix of 8 bits; the lower ones are taken for what they are in the middle.</summary>
    public static PackedWeights PackUpperHalves(BlockWeights source, PackedMemory memory)
    {
        // Stored as 16 · upper + lower with 128 for 0, and a lower half is 7.5 in the mean: 16 · (upper - 7.53).
        var packed = new PackedWeights(source.Rows, source.Columns, WeightForm.FourBits, memory) { Zero = 8 - (7.5f / 16) };
        PanelLayout.Fill(source, packed);
        return packed;
    }

    /// <summary>The fraction of a block's scale.</summary>
    public short Fraction(int row, int block) => *((short*)BlockScales(row / Panel, block) + (row % Panel));

    /// <summary>The stored values of a block, a byte each.</summary>
    public void Unpack(int row, int block, byte* to)
    {
        var shared = Form != WeightForm.EightBits;
        var from = Values + (row / Panel * PanelBytes) + ((shared ? block / 2 : block) * StepBytes) + (row % Panel * 4);
        for (var i = 0; i < BlockWeights.Size; i++)
        {
            var stored = from[(i / 4 * Panel * 4) + (i % 4)];
            to[i] = (byte)(!shared ? stored : block % 2 == 0 ? stored & 15 : stored >> 4);
        }
    }

    /// <summary>The stored value of 0 in a block.</summary>
    public int ZeroPoint(int row, int block) => Form switch
    {
        WeightForm.EightBits => 128,
        WeightForm.FourBits => 8,
        _ => BlockScales(row / Panel, block)[(Panel * sizeof(short)) + (row % Panel)],
    };

    private static int StepsOf(int columns, WeightForm form) => form == WeightForm.EightBits ? columns / BlockWeights.Size : ((columns / BlockWeights.Size) + 1) / 2;

    private static WeightForm FormOf(BlockWeights source) =>
        source.Bits == 8 ? WeightForm.EightBits : source.ZeroPoints is null ? WeightForm.FourBits : WeightForm.FourBitsAndZeros;

    /// <summary>Where the scales of a block of a panel are.</summary>
    public byte* BlockScales(int panel, int block) => Scales + (panel * PanelScaleBytes) + (block * ScaleBytes(Form));
}
