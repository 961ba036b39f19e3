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

    // A piece of work: its rows stay in a processor's second cache, and so does its part of the result.
    private const int MostStripsOfWork = 10;
    private const int FewestStripsOfWork = 4;
    private const int PiecesOfWork = 16;
    private const int ColumnStripsOfWork = 16;

    // Strips of columns that are packed together: whole cache lines.
    private const int StripsAtOnce = 4;

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

        for (var column = 0; column < _columns; column += WidestColumns)
        {
            for (var step = 0; step < _steps; step += DeepestSteps)
            {
                for (var row = 0; row < _rows; row += WidestRows)
                {
                    var part = new Part(
                        row, Math.Min(WidestRows, _rows - row), column, Math.Min(WidestColumns, _columns - column), step, Math.Min(DeepestSteps, _steps - step));
                    Pack(part, a, b, scratch, forEach, packRight: row == 0);
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

    private void Pack(Part part, float* a, float* b, Scratch scratch, Action<int, Action<int>> forEach, bool packRight)
    {
        var lefts = Pieces(Pieces(part.Rows, Tile.Rows), StripsAtOnce);
        var (left, right, from, to) = ((nint)scratch.Left.Numbers, (nint)scratch.Right.Numbers, (nint)a, (nint)b);
        forEach(lefts + (packRight ? Pieces(part.Columns, Tile.Columns) : 0), index =>
        {
            if (index < lefts)
            {
                PackLeft(part, index * StripsAtOnce, (float*)from, (float*)left);
            }
            else
            {
                PackRight(part, index - lefts, (float*)to, (float*)right);
            }
        });
    }

    private void PackLeft(Part part, int first, float* a, float* target)
    {
        var strips = Math.Min(StripsAtOnce, part.LeftStrips - first);
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

    private void PackRight(Part part, int strip, float* b, float* target)
    {
        var column = part.Column + (strip * Tile.Columns);
        var columns = Math.Min(Tile.Columns, part.Column + part.Columns - column);
        for (var panel = 0; panel < part.Panels; panel++)
        {
            var step = part.Step + (panel * Panel.Steps);
            var to = target + ((((long)panel * part.RightStrips) + strip) * Panel.RightNumbers);
            if (_rightTurned)
            {
                Panel.TurnRight(b + ((long)column * _steps) + step, _steps, columns, part.StepsOf(panel), to);
            }
            else
            {
                Panel.CopyRight(b + ((long)step * _columns) + column, _columns, columns, part.StepsOf(panel), to);
            }
        }
    }

    private void Multiply(Part part, float* start, bool startIsRow, float* c, Scratch scratch, Action<int, Action<int>> forEach)
    {
        var across = Pieces(part.RightStrips, ColumnStripsOfWork);
        var height = Math.Clamp(Pieces(part.LeftStrips * across, PiecesOfWork), FewestStripsOfWork, MostStripsOfWork);
        var (begin, result) = ((nint)start, (nint)c);
        var (left, right) = ((nint)scratch.Left.Numbers, (nint)scratch.Right.Numbers);
        forEach(across * Pieces(part.LeftStrips, height), index =>
        {
            var (rows, columns) = (index / across * height, index % across * ColumnStripsOfWork);
            var work = new Work(rows, Math.Min(part.LeftStrips, rows + height), columns, Math.Min(part.RightStrips, columns + ColumnStripsOfWork));
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
        for (var r = 0; r < rows; r++)
        {
            new ReadOnlySpan<float>(start + (r * startStride), columns).CopyTo(new Span<float>(tile + (r * Tile.Columns), columns));
        }

        Multiply(left, right, steps, tile, Tile.Columns, tile, Tile.Columns);
        for (var r = 0; r < rows; r++)
        {
            new ReadOnlySpan<float>(tile + (r * Tile.Columns), columns).CopyTo(new Span<float>(c + ((long)r * _columns), columns));
        }
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
