using System.Collections.Concurrent;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.TrainerJob.Graphs.Kernels.Matrices;

/// <summary>
/// c = start + factor · a · b for matrices of float32 that lie by rows, on a processor with AVX-512. The operands are copied, a part that
/// fits the caches at a time, to where tiles read them in order (Goto and van de Geijn, "Anatomy of High-Performance Matrix
/// Multiplication", ACM TOMS 34, 2008). The sums of an element are made in one order, whatever the number of threads.
/// </summary>
internal sealed unsafe class MatrixProduct
{
    // What is gone through at once, in numbers: four panels deep, and as high as what is packed of the left operand stays in the caches.
    private const int DeepestSteps = 4 * Panel.Steps;
    private const int WidestRows = 2 * RowStripsAtOnce * Tile.Rows;

    // Left strips that are gone through with one right strip after the other: they stay in a processor's second cache.
    private const int RowStripsAtOnce = 48;

    // Right strips that a thread packs for itself, each just before it is first used: so it never leaves the first cache.
    private const int ColumnStripsOfWork = 3;

    // Enough to share out evenly: the last piece is waited for.
    private const int PiecesOfProcessor = 4;

    // Strips that are packed together: several cache lines of a row.
    private const int LeftStripsAtOnce = 8;

    private static readonly ConcurrentBag<Scratch> _spareRights = [];
    private static Scratch? _spare;

    private readonly int _rows;
    private readonly int _columns;
    private readonly int _steps;
    private readonly bool _leftTurned;
    private readonly bool _rightTurned;
    private readonly float _factor;

    /// <summary>A product of an [rows, steps] and a [steps, columns] matrix.</summary>
    /// <param name="rows">Rows of the result.</param>
    /// <param name="columns">Columns of the result.</param>
    /// <param name="steps">Products that each element is the sum of.</param>
    /// <param name="leftTurned">The left matrix lies as [steps, rows].</param>
    /// <param name="rightTurned">The right matrix lies as [columns, steps].</param>
    /// <param name="factor">What the product is multiplied by.</param>
    public MatrixProduct(int rows, int columns, int steps, bool leftTurned, bool rightTurned, float factor)
    {
        (_rows, _columns, _steps, _leftTurned, _rightTurned, _factor) = (rows, columns, steps, leftTurned, rightTurned, factor);
    }

    /// <summary>Whether this processor can compute it.</summary>
    public static bool IsSupported => Avx512F.IsSupported;

    /// <summary>Bytes that products of these sizes keep beside operands and result.</summary>
    public static long ScratchBytes(int rows, int steps) => sizeof(float) * (LeftNumbers(rows, steps) + ((long)Environment.ProcessorCount * ColumnStripsOfWork * Panel.RightNumbers));

    /// <summary>Computes it.</summary>
    /// <param name="a">The left matrix.</param>
    /// <param name="b">The right matrix.</param>
    /// <param name="start">What the product is added to: the result's size, or one row if <paramref name="startIsRow"/>; null for zeros.</param>
    /// <param name="startIsRow">Whether one row is added to all.</param>
    /// <param name="c">The result; may be <paramref name="start"/> where that is no row.</param>
    /// <param name="forEach">Calls its second argument once for each number below the first, on any threads, and returns when all are done.</param>
    public void Run(float* a, float* b, float* start, bool startIsRow, float* c, Action<int, Action<int>> forEach)
    {
        var scratch = Interlocked.Exchange(ref _spare, null) ?? new Scratch();
        scratch.Left.Demand(LeftNumbers(_rows, _steps));
        scratch.Zeros.Demand(_columns);
        startIsRow |= start is null;
        start = start is null ? scratch.Zeros.Numbers : start;

        for (var step = 0; step < _steps; step += DeepestSteps)
        {
            for (var row = 0; row < _rows; row += WidestRows)
            {
                var part = new Part(row, Math.Min(WidestRows, _rows - row), step, Math.Min(DeepestSteps, _steps - step));
                PackLeft(part, a, scratch.Left.Numbers, forEach);
                Multiply(part, b, start, startIsRow, c, scratch.Left.Numbers, forEach);
            }
        }

        Interlocked.Exchange(ref _spare, scratch)?.Dispose();
    }

    private static long LeftNumbers(int rows, int steps) => (long)Pieces(Math.Min(rows, WidestRows), Tile.Rows) * Pieces(Math.Min(steps, DeepestSteps), Panel.Steps) * Panel.LeftNumbers;

    private static int Pieces(int length, int size) => (length + size - 1) / size;

    private void PackLeft(Part part, float* a, float* target, Action<int, Action<int>> forEach)
    {
        var (from, to) = ((nint)a, (nint)target);
        forEach(Pieces(part.LeftStrips, LeftStripsAtOnce), index => PackLeft(part, index * LeftStripsAtOnce, (float*)from, (float*)to));
    }

    private void PackLeft(Part part, int first, float* a, float* target)
    {
        var strips = Math.Min(LeftStripsAtOnce, part.LeftStrips - first);
        for (var panel = 0; panel < part.Panels; panel++)
        {
            var row = part.Row + (first * Tile.Rows);
            var step = part.Step + (panel * Panel.Steps);
            var to = target + ((((long)panel * part.LeftStrips) + first) * Panel.LeftNumbers);
            var left = part.Row + part.Rows - row;
            if (_leftTurned)
            {
                Panel.CopyColumns(a + ((long)step * _rows) + row, _rows, left, part.StepsOf(panel), to, strips, Panel.LeftNumbers);
                continue;
            }

            for (var i = 0; i < strips; i++)
            {
                Panel.CopyRows(
                    a + ((long)(row + (i * Tile.Rows)) * _steps) + step, _steps, left - (i * Tile.Rows), part.StepsOf(panel), to + ((long)i * Panel.LeftNumbers));
            }
        }
    }

    private void Multiply(Part part, float* b, float* start, bool startIsRow, float* c, float* lefts, Action<int, Action<int>> forEach)
    {
        var wanted = PiecesOfProcessor * Environment.ProcessorCount;
        var strips = Pieces(_columns, Tile.Columns);
        var across = Pieces(strips, Math.Clamp(strips / wanted, 1, ColumnStripsOfWork));
        var down = Math.Min(Pieces(part.LeftStrips, RowStripsAtOnce), Pieces(wanted, across));
        var (right, begin, result, left) = ((nint)b, (nint)start, (nint)c, (nint)lefts);
        forEach(across * down, index =>
        {
            var (row, column) = Math.DivRem(index, across);
            var work = new Work(
                part.LeftStrips * row / down,
                part.LeftStrips * (row + 1) / down,
                (int)((long)strips * column / across),
                (int)((long)strips * (column + 1) / across));
            Multiply(part, work, (float*)right, (float*)begin, startIsRow, (float*)result, (float*)left);
        });
    }

    private void Multiply(Part part, Work work, float* b, float* start, bool startIsRow, float* c, float* lefts)
    {
        if (!_spareRights.TryTake(out var scratch))
        {
            scratch = new Scratch();
        }

        scratch.Right.Demand(ColumnStripsOfWork * Panel.RightNumbers);
        var groups = Pieces(work.RowEnd - work.Row, RowStripsAtOnce);
        for (var panel = 0; panel < part.Panels; panel++)
        {
            // The first panel of all begins with what is to be added, the others with what is there.
            var first = part.Step + panel == 0;
            var begin = first ? start : c;
            var stride = first && startIsRow ? 0 : (nint)_columns;
            for (var group = 0; group < groups; group++)
            {
                var (row, rowEnd) = (work.Row + ((work.RowEnd - work.Row) * group / groups), work.Row + ((work.RowEnd - work.Row) * (group + 1) / groups));
                for (var strip = work.Column; strip < work.ColumnEnd; strip++)
                {
                    var column = strip * Tile.Columns;
                    var right = scratch.Right.Numbers + ((strip - work.Column) * Panel.RightNumbers);
                    if (group == 0)
                    {
                        var step = part.Step + (panel * Panel.Steps);
                        Panel.PackRight(b, _rightTurned ? _steps : _columns, _rightTurned, step, part.StepsOf(panel), column, _columns, right);
                    }

                    for (var i = row; i < rowEnd; i++)
                    {
                        var left = lefts + ((((long)panel * part.LeftStrips) + i) * Panel.LeftNumbers);
                        var at = part.Row + (i * Tile.Rows);
                        Tile.Multiply(
                            left, _leftTurned, right, part.StepsOf(panel), _factor, begin + (at * stride) + column, stride, c + ((long)at * _columns) + column, _columns, _rows - at, _columns - column);
                    }
                }
            }
        }

        _spareRights.Add(scratch);
    }

    /// <summary>Rows and steps that are gone through at once, with all columns.</summary>
    private readonly record struct Part(int Row, int Rows, int Step, int Steps)
    {
        public int LeftStrips => Pieces(Rows, Tile.Rows);

        public int Panels => Pieces(Steps, Panel.Steps);

        public int StepsOf(int panel) => Math.Min(Panel.Steps, Steps - (panel * Panel.Steps));
    }

    /// <summary>The strips of a piece of work.</summary>
    private readonly record struct Work(int Row, int RowEnd, int Column, int ColumnEnd);
}
