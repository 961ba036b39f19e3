using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Pipeline.Posts;

namespace Pipeline.Collecting;

/// <summary>
/// Reads the items of one list in a JSON file one after the other, however large the file is. Where the file is cut off or broken, the
/// items before that place are given.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="list">The property of the outermost object that holds the list; null for a script that assigns the list, or the list alone.</param>
/// <param name="expected">What the file ought to be, for the message when it is not.</param>
internal sealed class JsonItemReader(string path, string? list, string expected)
{
    // X writes the name of the list before it, in a hundred characters.
    private const int LongestAssignment = 1024;

    private JsonReaderState _state;
    private bool _named;

    private enum Found
    {
        Item,
        More,
        End,
    }

    /// <summary>The items; what stops the reading is told to <paramref name="log"/>.</summary>
    public async IAsyncEnumerable<JsonElement> ReadAsync(CollectLog log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var stream = JsonText.Open(path);
        var window = new ByteWindow(stream, PostReader.LargestPost);
        if (!await SeekAsync(window, log, cancellationToken))
        {
            yield break;
        }

        for (var items = 0; await NextAsync(window, items, log, cancellationToken) is { } item; items++)
        {
            yield return item;
        }
    }

    private async Task<bool> SeekAsync(ByteWindow window, CollectLog log, CancellationToken cancellationToken)
    {
        try
        {
            while (!window.Ended && !window.IsFull)
            {
                await window.FillAsync(cancellationToken);
                if (list is null ? SeekAssignment(window) : SeekProperty(window))
                {
                    return true;
                }
            }
        }
        catch (JsonException)
        {
            // Told below, like a file that is whole and something else.
        }

        log.Problem($"{path}: is no {expected}, or was cut off before its first post; nothing was read. Download the archive again, or name another kind with --kind.");
        return false;
    }

    private static bool SeekAssignment(ByteWindow window)
    {
        var bytes = window.Bytes;
        var bracket = bytes[..Math.Min(bytes.Length, LongestAssignment)].IndexOf((byte)'[');
        if (bracket < 0)
        {
            return bytes.Length < LongestAssignment ? false : throw new JsonException();
        }

        var head = Encoding.UTF8.GetString(bytes[..bracket]).Trim();
        if (head.Length > 0 && !(head.EndsWith('=') && (head.Contains("YTD", StringComparison.Ordinal) || head.Contains("Grailbird", StringComparison.Ordinal))))
        {
            throw new JsonException();
        }

        window.Advance(bracket + 1);
        return true;
    }

    private bool SeekProperty(ByteWindow window)
    {
        var reader = new Utf8JsonReader(window.Bytes, window.Ended, _state);
        while (reader.Read())
        {
            if (_named && reader.TokenType == JsonTokenType.StartArray)
            {
                window.Advance(reader.BytesConsumed);
                return true;
            }

            _named = reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals(list);
        }

        _state = reader.CurrentState;
        window.Advance(reader.BytesConsumed);
        return false;
    }

    private async Task<JsonElement?> NextAsync(ByteWindow window, int items, CollectLog log, CancellationToken cancellationToken)
    {
        string? reason = null;
        while (reason is null)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                switch (Look(window, out var item))
                {
                    case Found.Item:
                        return item;
                    case Found.End:
                        return null;
                    default:
                        reason = window.Ended ? "the file ends within the list" : window.IsFull ? $"the next one is larger than {PostReader.LargestPost / 1048576} MB" : null;
                        break;
                }
            }
            catch (JsonException exception)
            {
                reason = exception.Message;
            }

            if (reason is null)
            {
                await window.FillAsync(cancellationToken);
            }
        }

        log.Problem($"{path}: breaks off or is wrong after {items} entries, at byte {window.Offset}; what comes before was read. Download the archive again. ({reason})");
        return null;
    }

    private static Found Look(ByteWindow window, out JsonElement item)
    {
        item = default;
        var bytes = window.Bytes;
        var start = bytes.IndexOfAnyExcept(" \t\r\n,"u8);
        if (start < 0)
        {
            window.Advance(bytes.Length);
            return Found.More;
        }

        window.Advance(start);
        if (bytes[start] == (byte)']')
        {
            return Found.End;
        }

        // At the end of the file a value that is not whole is an error, before it a reason to read on.
        var reader = new Utf8JsonReader(bytes[start..], window.Ended, default);
        if (!JsonDocument.TryParseValue(ref reader, out var document))
        {
            return Found.More;
        }

        using (document)
        {
            item = document.RootElement.Clone();
        }

        window.Advance(reader.BytesConsumed);
        return Found.Item;
    }
}
