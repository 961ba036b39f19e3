using System.Runtime.Intrinsics.X86;

namespace Pipeline.TrainerJob.Graphs.Kernels.Matrices;

/// <summary>
/// c = start + factor · a · b for matrices of float32 that lie by rows, on a processor with AVX-512. The operands are copied, a part that
/// fits the caches at a time, to where tiles read them in order (Goto and van de Geijn, "Anatomy of High-Performance Matrix
/// Multiplication", ACM TOMS 34, 2008). The sums of an element are made in one order, whatever the number of threads.
/// </summary>
internal sealed unsafe class MatrixProduct
{
    // What is packed at once, in numbers: four panels deep and 4096 rows and columns wide.
    private const int DeepestSteps = 4 * Panel.Steps;
    private const int WidestRows = 342 * Tile.Rows;
    private const int WidestColumns = 128 * Tile.Columns;

    // A piece of work in strips, at most: its rows stay in a processor's second cache, and so does its part of the result.
    private const int RowStripsOfWork = 20;
    private const int ColumnStripsOfWork = 12;

    // Enough for a few processors to share out evenly.
    private const int FewestPiecesOfWork = 8;

    // Strips that are packed together: several cache lines of a row.
    private const int LeftStripsAtOnce = 8;
    private const int RightStripsAtOnce = 4;

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
    public static long ScratchBytes(int rows, int columns, int steps) => sizeof(float) * (LeftNumbers(rows, steps) + RightNumbers(columns, steps));

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
        scratch.Right.Demand(RightNumbers(_columns, _steps));
        scratch.Zeros.Demand(_columns);
        startIsRow |= start is null;
        start = start is null ? scratch.Zeros.Numbers : start;

        var staysPacked = _rows <= WidestRows && _steps <= DeepestSteps;
        for (var column = 0; column < _columns; column += WidestColumns)
        {
            for (var step = 0; step < _steps; step += DeepestSteps)
            {
                for (var row = 0; row < _rows; row += WidestRows)
                {
                    var part = new Part(
                        row, Math.Min(WidestRows, _rows - row), column, Math.Min(WidestColumns, _columns - column), step, Math.Min(DeepestSteps, _steps - step));
                    Pack(part, a, b, scratch, forEach, packLeft: column == 0 || !staysPacked, packRight: row == 0);
                    Multiply(part, start, startIsRow, c, scratch, forEach);
                }
            }
        }

        Interlocked.Exchange(ref _spare, scratch)?.Dispose();
    }

    private static long LeftNumbers(int rows, int steps) => (long)Pieces(Math.Min(rows, WidestRows), Tile.Rows) * Pieces(Math.Min(steps, DeepestSteps), Panel.Steps) * Panel.LeftNumbers;

    private static long RightNumbers(int columns, int steps) =>
        (long)Pieces(Math.Min(columns, WidestColumns), Tile.Columns) * Pieces(Math.Min(steps, DeepestSteps), Panel.Steps) * Panel.RightNumbers;

    private static int Pieces(int length, int size) => (length + size - 1) / size;

    private void Pack(Part part, float* a, float* b, Scratch scratch, Action<int, Action<int>> forEach, bool packLeft, bool packRight)
    {
        var lefts = packLeft ? Pieces(part.LeftStrips, LeftStripsAtOnce) : 0;
        var (left, right, from, to) = ((nint)scratch.Left.Numbers, (nint)scratch.Right.Numbers, (nint)a, (nint)b);
        forEach(lefts + (packRight ? Pieces(part.RightStrips, RightStripsAtOnce) : 0), index =>
        {
            if (index < lefts)
            {
                PackLeft(part, index * LeftStripsAtOnce, (float*)from, (float*)left);
            }
            else
            {
                PackRight(part, (index - lefts) * RightStripsAtOnce, (float*)to, (float*)right);
            }
        });
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

    private void PackRight(Part part, int first, float* b, float* target)
    {
        var strips = Math.Min(RightStripsAtOnce, part.RightStrips - first);
        var column = part.Column + (first * Tile.Columns);
        var left = part.Column + part.Columns - column;
        for (var panel = 0; panel < part.Panels; panel++)
        {
            var step = part.Step + (panel * Panel.Steps);
            var to = target + ((((long)panel * part.RightStrips) + first) * Panel.RightNumbers);
            if (!_rightTurned)
            {
                Panel.CopyRight(b + ((long)step * _columns) + column, _columns, left, part.StepsOf(panel), to, strips, Panel.RightNumbers);
                continue;
            }

            for (var i = 0; i < strips; i++)
            {
                var (at, columns) = (column + (i * Tile.Columns), Math.Min(Tile.Columns, left - (i * Tile.Columns)));
                Panel.TurnRight(b + ((long)at * _steps) + step, _steps, columns, part.StepsOf(panel), to + ((long)i * Panel.RightNumbers));
            }
        }
    }

    private void Multiply(Part part, float* start, bool startIsRow, float* c, Scratch scratch, Action<int, Action<int>> forEach)
    {
        // Pieces of about the same size: the last one is waited for.
        var across = Pieces(part.RightStrips, ColumnStripsOfWork);
        var down = Math.Max(Pieces(part.LeftStrips, RowStripsOfWork), Math.Min(part.LeftStrips, Pieces(FewestPiecesOfWork, across)));
        var (begin, result) = ((nint)start, (nint)c);
        var (left, right) = ((nint)scratch.Left.Numbers, (nint)scratch.Right.Numbers);
        forEach(across * down, index =>
        {
            var (row, column) = Math.DivRem(index, across);
            var work = new Work(
                part.LeftStrips * row / down,
                part.LeftStrips * (row + 1) / down,
                part.RightStrips * column / across,
                part.RightStrips * (column + 1) / across);
            Multiply(part, work, (float*)begin, startIsRow, (float*)result, (float*)left, (float*)right);
        });
    }

    private void Multiply(Part part, Work work, float* start, bool startIsRow, float* c, float* lefts, float* rights)
    {
        for (var panel = 0; panel < part.Panels; panel++)
        {
            // The first panel of all begins with what is to be added, the others with what is there.
            var first = part.Step + panel == 0;
            var begin = first ? start : c;
            var stride = first && startIsRow ? 0 : (nint)_columns;
            var steps = part.StepsOf(panel);
            for (var strip = work.Column; strip < work.ColumnEnd; strip++)
            {
                var right = rights + ((((long)panel * part.RightStrips) + strip) * Panel.RightNumbers);
                var column = part.Column + (strip * Tile.Columns);
                for (var i = work.Row; i < work.RowEnd; i++)
                {
                    var left = lefts + ((((long)panel * part.LeftStrips) + i) * Panel.LeftNumbers);
                    var row = part.Row + (i * Tile.Rows);
                    Multiply(left, right, steps, begin + (row * stride) + column, stride, c + ((long)row * _columns) + column, row, column);
                }
            }
        }
    }

    private void Multiply(float* left, float* right, int steps, float* start, nint startStride, float* c, int row, int column)
    {
        var (rows, columns) = (Math.Min(Tile.Rows, _rows - row), Math.Min(Tile.Columns, _columns - column));
        if (rows == Tile.Rows && columns == Tile.Columns)
        {
            Multiply(left, right, steps, start, startStride, c, _columns);
            return;
        }

        // At the edge a tile is larger than what there is.
        var tile = stackalloc float[Tile.Rows * Tile.Columns];
        Tile.Copy(start, startStride, tile, Tile.Columns, rows, columns);
        Multiply(left, right, steps, tile, Tile.Columns, tile, Tile.Columns);
        Tile.Copy(tile, Tile.Columns, c, _columns, rows, columns);
    }

    private void Multiply(float* left, float* right, int steps, float* start, nint startStride, float* c, nint stride)
    {
        if (_leftTurned)
        {
            Tile.Multiply<StepByStep>(left, right, steps, _factor, start, startStride, c, stride);
        }
        else
        {
            Tile.Multiply<RowByRow>(left, right, steps, _factor, start, startStride, c, stride);
        }
    }

    /// <summary>The part of the operands that is packed at once.</summary>
    private readonly record struct Part(int Row, int Rows, int Column, int Columns, int Step, int Steps)
    {
        public int LeftStrips => Pieces(Rows, Tile.Rows);

        public int RightStrips => Pieces(Columns, Tile.Columns);

        public int Panels => Pieces(Steps, Panel.Steps);

        public int StepsOf(int panel) => Math.Min(Panel.Steps, Steps - (panel * Panel.Steps));
    }

    /// <summary>The strips of a piece of work.</summary>
    private readonly record struct Work(int Row, int RowEnd, int Column, int ColumnEnd);
}
