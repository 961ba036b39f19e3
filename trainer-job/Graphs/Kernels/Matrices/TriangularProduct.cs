using System.Collections.Concurrent;

namespace Pipeline.TrainerJob.Graphs.Kernels.Matrices;

/// <summary>
/// c = factor · a · b for a matrix small enough to be packed as a whole by one thread, without the half of the work that a triangle of zeros,
/// or of what is of no interest, makes needless. Each matrix may be part of a wider one. The processor must have AVX-512.
/// </summary>
/// <param name="rows">Rows of the result.</param>
/// <param name="columns">Columns of the result.</param>
/// <param name="steps">Products that each element is the sum of.</param>
/// <param name="leftTurned">The left matrix lies as [steps, rows].</param>
/// <param name="rightTurned">The right matrix lies as [columns, steps].</param>
/// <param name="factor">What the product is multiplied by.</param>
/// <param name="triangle">What need not be computed.</param>
internal sealed unsafe class TriangularProduct(int rows, int columns, int steps, bool leftTurned, bool rightTurned, float factor, Triangle triangle)
{
    private static readonly ConcurrentBag<Scratch> _spare = [];

    private readonly int _panels = (steps + Panel.Steps - 1) / Panel.Steps;
    private readonly int _leftStrips = (rows + Tile.Rows - 1) / Tile.Rows;
    private readonly int _rightStrips = (columns + Tile.Columns - 1) / Tile.Columns;

    /// <summary>Numbers from one row of the left matrix, as it lies, to the next.</summary>
    public nint LeftStride { get; init; } = leftTurned ? rows : steps;

    /// <summary>Numbers from one row of the right matrix, as it lies, to the next.</summary>
    public nint RightStride { get; init; } = rightTurned ? steps : columns;

    /// <summary>Numbers from one row of the result to the next.</summary>
    public nint Stride { get; init; } = columns;

    /// <summary>Bytes that a thread keeps beside operands and result.</summary>
    public long ScratchBytes => sizeof(float) * (LeftNumbers + RightNumbers);

    private long LeftNumbers => (long)_panels * _leftStrips * Panel.LeftNumbers;

    private long RightNumbers => (long)_panels * _rightStrips * Panel.RightNumbers;

    /// <summary>Computes it. Several threads may do so at once.</summary>
    public void Run(float* a, float* b, float* c)
    {
        if (!_spare.TryTake(out var scratch))
        {
            scratch = new Scratch();
        }

        scratch.Left.Demand(LeftNumbers);
        scratch.Right.Demand(RightNumbers);
        scratch.Zeros.Demand(Tile.Columns);
        for (var panel = 0; panel < _panels; panel++)
        {
            Pack(panel, a, b, scratch);
        }

        for (var panel = 0; panel < _panels; panel++)
        {
            Multiply(panel, scratch, c);
        }

        _spare.Add(scratch);
    }

    private void Pack(int panel, float* a, float* b, Scratch scratch)
    {
        var first = panel * Panel.Steps;
        var count = Math.Min(Panel.Steps, steps - first);
        var left = scratch.Left.Numbers + ((long)panel * _leftStrips * Panel.LeftNumbers);
        if (leftTurned)
        {
            PackColumns(a + (first * LeftStride), first, count, left);
        }
        else
        {
            for (var strip = 0; strip < _leftStrips; strip++)
            {
                var row = strip * Tile.Rows;
                var needed = Math.Clamp(StepsOf(row).End - first, 0, count);
                Panel.CopyRows(a + (row * LeftStride) + first, LeftStride, rows - row, needed, left + ((long)strip * Panel.LeftNumbers));
            }
        }

        for (var strip = 0; strip < _rightStrips; strip++)
        {
            var right = scratch.Right.Numbers + ((((long)panel * _rightStrips) + strip) * Panel.RightNumbers);
            Panel.PackRight(b, RightStride, rightTurned, first, count, strip * Tile.Columns, columns, right);
        }
    }

    // A few steps at a time, of the strips that begin before their end: the others have zeros there.
    private void PackColumns(float* source, int first, int count, float* target)
    {
        const int AtOnce = 4 * Tile.Rows;
        for (var step = 0; step < count; step += AtOnce)
        {
            var strips = triangle == Triangle.OfLeftTransposed ? Math.Min(_leftStrips, (first + step + AtOnce + Tile.Rows - 1) / Tile.Rows) : _leftStrips;
            Panel.CopyColumns(
                source + (step * LeftStride), LeftStride, rows, Math.Min(AtOnce, count - step), target + (step * StepByStep.Step), strips, Panel.LeftNumbers);
        }
    }

    private void Multiply(int panel, Scratch scratch, float* c)
    {
        for (var rightStrip = 0; rightStrip < _rightStrips; rightStrip++)
        {
            var column = rightStrip * Tile.Columns;
            var right = scratch.Right.Numbers + ((((long)panel * _rightStrips) + rightStrip) * Panel.RightNumbers);
            for (var leftStrip = triangle == Triangle.OfResult ? column / Tile.Rows : 0; leftStrip < _leftStrips; leftStrip++)
            {
                var row = leftStrip * Tile.Rows;
                var (start, end) = StepsOf(row);
                var (from, to) = (Math.Max(start, panel * Panel.Steps), Math.Min(end, (panel + 1) * Panel.Steps));
                if (from < to)
                {
                    var left = scratch.Left.Numbers + ((((long)panel * _leftStrips) + leftStrip) * Panel.LeftNumbers);
                    var skipped = from - (panel * Panel.Steps);
                    left += skipped * (leftTurned ? StepByStep.Step : RowByRow.Step);
                    var target = c + (row * Stride) + column;
                    var (begin, stride) = from == start ? ((nint)scratch.Zeros.Numbers, 0) : ((nint)target, Stride);
                    Tile.Multiply(
                        left, leftTurned, right + ((long)skipped * Tile.Columns), to - from, factor, (float*)begin, stride, target, Stride, rows - row, columns - column);
                }
            }
        }
    }

    /// <summary>The steps in which some row of a strip is not 0.</summary>
    private (int Start, int End) StepsOf(int row) => triangle switch
    {
        Triangle.OfLeft => (0, Math.Min(steps, row + Tile.Rows)),
        Triangle.OfLeftTransposed => (row, steps),
        _ => (0, steps),
    };
}
