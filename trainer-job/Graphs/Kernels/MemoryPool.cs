namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// Hands out places of one range of addresses: the smallest free piece that suffices, of equal ones the lowest, so that what lies at the end is
/// used last. Neighbours that are free are one piece. For several threads.
/// </summary>
/// <param name="size">Bytes of the range.</param>
internal sealed class MemoryPool(long size)
{
    // A cache line.
    private const long Unit = 64;

    private readonly Lock _lock = new();
    private readonly SortedSet<(long Size, long Start)> _free = [(size, 0)];
    private readonly Dictionary<long, long> _freeByStart = new() { [0] = size };
    private readonly Dictionary<long, long> _freeByEnd = new() { [size] = size };
    private readonly Dictionary<long, long> _taken = [];

    /// <summary>The end of the range that was ever taken.</summary>
    public long Extent { get; private set; }

    /// <summary>A place for so many bytes, on a cache line; null if there is none.</summary>
    public long? Take(long bytes)
    {
        var length = (Math.Max(bytes, 1) + Unit - 1) / Unit * Unit;
        lock (_lock)
        {
            var piece = _free.GetViewBetween((length, 0), (long.MaxValue, long.MaxValue)).Min;
            if (piece.Size == 0)
            {
                return null;
            }

            Remove(piece.Start, piece.Size);
            if (piece.Size > length)
            {
                Add(piece.Start + length, piece.Size - length);
            }

            _taken.Add(piece.Start, length);
            Extent = Math.Max(Extent, piece.Start + length);
            return piece.Start;
        }
    }

    /// <summary>Gives a place back.</summary>
    /// <exception cref="KeyNotFoundException">It was not taken.</exception>
    public void Return(long start)
    {
        lock (_lock)
        {
            var length = _taken[start];
            _taken.Remove(start);
            if (_freeByStart.TryGetValue(start + length, out var next))
            {
                Remove(start + length, next);
                length += next;
            }

            if (_freeByEnd.TryGetValue(start, out var before))
            {
                Remove(start - before, before);
                (start, length) = (start - before, length + before);
            }

            Add(start, length);
        }
    }

    private void Add(long start, long length)
    {
        _free.Add((length, start));
        _freeByStart.Add(start, length);
        _freeByEnd.Add(start + length, length);
    }

    private void Remove(long start, long length)
    {
        _free.Remove((length, start));
        _freeByStart.Remove(start);
        _freeByEnd.Remove(start + length);
    }
}
