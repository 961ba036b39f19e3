namespace Pipeline.Tokenization;

/// <summary>Places in a word by the rank of the merge that is possible there, the leftmost of equals first: a binary heap of 8 bytes a place that never grows by itself.</summary>
internal sealed class MergeQueue
{
    private ulong[] _heap = [];
    private int _count;

    /// <summary>Takes everything out and makes room.</summary>
    public void Clear(int room)
    {
        _count = 0;
        if (_heap.Length < room)
        {
            _heap = new ulong[room];
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Forget() => (_heap, _count) = ([], 0);

    /// <summary>Puts a place in without order; <see cref="Order"/> must follow.</summary>
    public void Append(int rank, int at) => _heap[_count++] = Key(rank, at);

    /// <summary>Brings everything into order.</summary>
    public void Order()
    {
        for (var index = (_count / 2) - 1; index >= 0; index--)
        {
            Sink(index, _heap[index]);
        }
    }

    /// <summary>Puts a place in, unless the queue is full.</summary>
    public bool TryEnqueue(int rank, int at)
    {
        if (_count == _heap.Length)
        {
            return false;
        }

        var key = Key(rank, at);
        var index = _count++;
        for (; index > 0 && _heap[(index - 1) / 2] > key; index = (index - 1) / 2)
        {
            _heap[index] = _heap[(index - 1) / 2];
        }

        _heap[index] = key;
        return true;
    }

    /// <summary>Takes out the place of the lowest rank, the leftmost of equals.</summary>
    public bool TryDequeue(out int rank, out int at)
    {
        if (_count == 0)
        {
            (rank, at) = (MergeTable.None, -1);
            return false;
        }

        (rank, at) = ((int)(_heap[0] >> 32), (int)(uint)_heap[0]);
        _count--;
        if (_count > 0)
        {
            Sink(0, _heap[_count]);
        }

        return true;
    }

    private static ulong Key(int rank, int at) => ((ulong)(uint)rank << 32) | (uint)at;

    private void Sink(int index, ulong key)
    {
        while ((2 * index) + 1 < _count)
        {
            var child = (2 * index) + 1;
            if (child + 1 < _count && _heap[child + 1] < _heap[child])
            {
                child++;
            }

            if (_heap[child] >= key)
            {
                break;
            }

            _heap[index] = _heap[child];
            index = child;
        }

        _heap[index] = key;
    }
}
