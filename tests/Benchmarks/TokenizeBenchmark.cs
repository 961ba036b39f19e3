using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Testing;
using Pipeline.Tokenization;

namespace Pipeline.Benchmarks;

/// <summary>GPT-2 encoding of all test blogs' posts on one core, in turns with npm's tiktoken; and the training of a vocabulary.</summary>
internal static class TokenizeBenchmark
{
    private const int Rounds = 7;
    private const string Peer = "tiktoken 1.0.22";

    public static async Task<int> RunAsync(CancellationToken cancellation)
    {
        var paths = Directory.EnumerateFiles(ProjectFolders.Shared("blogs"), "*", SearchOption.AllDirectories)
            .Where(path => path.Split(Path.DirectorySeparatorChar).Any(folder => folder is "_posts" or "_drafts"))
            .Order(StringComparer.Ordinal)
            .ToList();
        var texts = paths.ConvertAll(path => Encoding.UTF8.GetString(File.ReadAllBytes(path)));
        var megabytes = paths.Sum(path => new FileInfo(path).Length) / 1e6;
        Console.WriteLine(Invariant($"{paths.Count} posts, {megabytes:F1} MB; {Rounds} rounds in turns, medians"));

        var tokenizer = BpeTokenizer.Gpt2();
        using var peer = StartPeer();
        await peer.StandardInput.WriteLineAsync(new JsonArray([.. paths.Select(path => (JsonNode)path)]).ToJsonString().AsMemory(), cancellation);
        var ids = new List<int>(texts.Sum(text => text.Length));
        var ours = new List<double>();
        var theirs = new List<double>();
        for (var round = -1; round < Rounds; round++)
        {
            var seconds = EncodeAll(tokenizer, texts, ids);
            var (peerTokens, peerSeconds) = await AskAsync(peer, cancellation);
            if (peerTokens != ids.Count)
            {
                throw new InvalidOperationException($"The peer has {peerTokens} tokens where we have {ids.Count}: the speeds say nothing.");
            }

            // The first round warms both up.
            if (round >= 0)
            {
                ours.Add(megabytes / seconds);
                theirs.Add(megabytes / peerSeconds);
            }
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        EncodeAll(tokenizer, texts, ids);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var ratio = Median(ours.Zip(theirs, (our, their) => our / their));
        Console.WriteLine(Invariant($"figure tokenize.peer {Median(theirs):F2} MB/s | goal - | peer {Peer}"));
        Console.WriteLine(Invariant($"figure tokenize.gpt2 {Median(ours):F1} MB/s | goal >= {4 * Median(theirs):F1} | peer {Peer}"));
        Console.WriteLine(Invariant($"figure tokenize.ratio {ratio:F1} x | goal >= 4 | peer {Peer}"));
        Console.WriteLine(Invariant($"figure tokenize.allocation {(double)allocated / ids.Count:F6} bytes/token | goal <= 0 | peer -"));
        Train(paths, texts);
        return ratio >= 4 && allocated == 0 ? 0 : 1;
    }

    private static double EncodeAll(BpeTokenizer tokenizer, List<string> texts, List<int> ids)
    {
        ids.Clear();
        var start = Stopwatch.GetTimestamp();
        foreach (var text in texts)
        {
            tokenizer.Encode(text, ids);
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void Train(List<string> paths, List<string> texts)
    {
        var blog = Path.Combine(ProjectFolders.Shared("blogs", "18f")) + Path.DirectorySeparatorChar;
        var corpus = texts.Where((_, index) => paths[index].StartsWith(blog, StringComparison.Ordinal)).ToList();
        var start = Stopwatch.GetTimestamp();
        var trained = BpeTrainer.Train(corpus, 4096, CancellationToken.None);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(Invariant($"figure tokenize.train4096 {seconds:F2} s | goal <= 2 | peer -"));
        var ids = new List<int>(texts.Sum(text => text.Length));
        EncodeAll(trained, texts, ids);
        var elapsed = EncodeAll(trained, texts, ids);
        Console.WriteLine(Invariant($"figure tokenize.own4096 {texts.Sum(text => (long)Encoding.UTF8.GetByteCount(text)) / 1e6 / elapsed:F1} MB/s | goal - | peer -"));
    }

    private static async Task<(long Tokens, double Seconds)> AskAsync(Process peer, CancellationToken cancellation)
    {
        await peer.StandardInput.WriteLineAsync("encode".AsMemory(), cancellation);
        await peer.StandardInput.FlushAsync(cancellation);
        var line = await peer.StandardOutput.ReadLineAsync(cancellation) ?? throw new InvalidOperationException("The peer ended early.");
        return line.Split(' ') is [var tokens, var seconds]
            ? (long.Parse(tokens, CultureInfo.InvariantCulture), double.Parse(seconds, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"The peer answered '{line}'.");
    }

    private static Process StartPeer()
    {
        var script = Path.Combine(ProjectFolders.Root, "tests", "Benchmarks", "tokenize-peer.mjs");
        try
        {
            return Process.Start(new ProcessStartInfo("node", [script]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException("The benchmark compares with npm's tiktoken and needs node 20 or newer on the PATH.", exception);
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
