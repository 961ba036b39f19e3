using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pipeline.Quality;
using Pipeline.Testing;
using Pipeline.Tokenization;

namespace Pipeline.Benchmarks;

/// <summary>Indexing of a million corpus tokens, and judging of texts of a thousand tokens against them.</summary>
internal static class QualityBenchmark
{
    private const int CorpusTokens = 1_000_000;
    private const int CandidateTokens = 1_000;
    private const int Candidates = 40;

    public static int Run()
    {
        var tokenizer = BpeTokenizer.Gpt2();
        var corpus = new List<(string Path, string Text, IReadOnlyList<int> Tokens)>();
        var candidates = new List<QualityCandidate>();
        var count = 0;
        foreach (var path in Posts())
        {
            var text = File.ReadAllText(path, Encoding.UTF8);
            var tokens = tokenizer.Encode(text);
            if (count < CorpusTokens)
            {
                tokens.RemoveRange(Math.Min(tokens.Count, CorpusTokens - count), Math.Max(0, tokens.Count - (CorpusTokens - count)));
                corpus.Add((path, text, tokens));
                count += tokens.Count;
            }
            else if (tokens.Count >= CandidateTokens && candidates.Count < Candidates / 2)
            {
                // Half of them new to the corpus, half of them pieces of it, which are the costlier ones to compare.
                candidates.Add(Candidate(tokenizer, tokens));
                candidates.Add(Candidate(tokenizer, corpus.Select(post => post.Tokens).Where(post => post.Count >= CandidateTokens).ElementAt(candidates.Count)));
            }
        }

        var build = double.MaxValue;
        OriginalityIndex? index = null;
        for (var round = 0; round < 5; round++)
        {
            var started = Stopwatch.GetTimestamp();
            index = OriginalityIndex.Build(corpus.Select(post => (post.Path, post.Tokens)));
            build = Math.Min(build, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        var recent = new SimilarityIndex();
        foreach (var (path, text, _) in corpus.TakeLast(50))
        {
            recent.Add(path, text);
        }

        var gates = new QualityGates(index!, LanguageProfile.Of(corpus.Select(post => post.Text)), recent, new QualityOptions());
        var times = new List<double>();
        for (var round = 0; round < 12; round++)
        {
            foreach (var candidate in candidates)
            {
                var started = Stopwatch.GetTimestamp();
                gates.Judge(candidate);
                // The first rounds wait for the compiler.
                if (round > 3)
                {
                    times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                }
            }
        }

        times.Sort();
        var median = times[times.Count / 2];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{corpus.Count} documents, {index!.TokenCount} tokens; {candidates.Count} candidates of {CandidateTokens} tokens"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"figure quality.index {build:F2} s | goal < 2 | peer -"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"figure quality.judge {median:F2} ms | goal < 10 | peer -"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"figure quality.judge.slowest {times[^1]:F2} ms | goal - | peer -"));
        return index.TokenCount == CorpusTokens && build < 2 && median < 10 ? 0 : 1;
    }

    private static QualityCandidate Candidate(BpeTokenizer tokenizer, IReadOnlyList<int> tokens)
    {
        int[] some = [.. tokens.Take(CandidateTokens)];
        return new QualityCandidate(tokenizer.Decode(some), some);
    }

    // One language, so that the tokens are those of a real corpus.
    private static IEnumerable<string> Posts() =>
        new[] { "18f", "raphlinus", "umhau", "made-mistakes" }
            .SelectMany(blog => Directory.EnumerateFiles(ProjectFolders.Shared("blogs", blog, "site"), "*", SearchOption.AllDirectories)
                .Where(path => path.Split(Path.DirectorySeparatorChar).Contains("_posts"))
                .Order(StringComparer.Ordinal));
}
