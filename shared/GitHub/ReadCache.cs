namespace Pipeline.GitHub;

/// <summary>Answers of reads with their ETags: an unchanged thing costs no rate limit and no transfer.</summary>
internal sealed class ReadCache
{
    private const int MostBytes = 16 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<(string Path, string ETag, byte[] Body)>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Path, string ETag, byte[] Body)> _order = [];
    private long _bytes;

    public (string ETag, byte[] Body)? Find(string path)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(path, out var node))
            {
                return null;
            }

            _order.Remove(node);
            _order.AddFirst(node);
            return (node.Value.ETag, node.Value.Body);
        }
    }

    public void Keep(string path, string etag, byte[] body)
    {
        lock (_lock)
        {
            if (_entries.Remove(path, out var old))
            {
                Drop(old);
            }

            _entries[path] = _order.AddFirst((path, etag, body));
            _bytes += body.Length;
            while (_bytes > MostBytes && _order.Last is { } last)
            {
                _entries.Remove(last.Value.Path);
                Drop(last);
            }
        }
    }

    private void Drop(LinkedListNode<(string Path, string ETag, byte[] Body)> node)
    {
        _order.Remove(node);
        _bytes -= node.Value.Body.Length;
    }
}
