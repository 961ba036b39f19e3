using FsCheck;
using FsCheck.Fluent;
using Pipeline.Quality;

namespace Pipeline.Shared.Tests.Quality;

public sealed class OriginalityIndexTests
{
    [Fact]
    public void The_longest_copied_run_and_its_source_are_found()
    {
        var index = OriginalityIndex.Build([("a.md", Sequence(0, 100)), ("b.md", Sequence(200, 100)), ("c.md", Sequence(400, 100))]);

        var report = index.Compare([9_000, .. Sequence(230, 25), 9_001, .. Sequence(10, 15), 9_002, .. Sequence(450, 5)]);

        Assert.Equal(25, report.LongestRun);
        Assert.Equal([new CopiedRun(1, 25, "b.md", 30), new CopiedRun(27, 15, "a.md", 10)], report.Runs);
        Assert.Equal((18 + 8) / 41.0, report.SeenShare, 12);
    }

    [Fact]
    public void No_run_goes_from_one_document_into_the_next()
    {
        var index = OriginalityIndex.Build([("a.md", [1, 2, 3]), ("b.md", [4, 5, 6])]);

        Assert.Equal(3, index.Compare([1, 2, 3, 4, 5, 6]).LongestRun);
        Assert.Equal(6, index.TokenCount);
    }

    [Fact]
    public void Nothing_is_copied_from_an_empty_corpus_or_into_an_empty_text()
    {
        Assert.Equal((0, 0.0), Figures(OriginalityIndex.Build([]).Compare([1, 2, 3])));
        Assert.Equal((0, 0.0), Figures(OriginalityIndex.Build([("a.md", [1, 2, 3])]).Compare([])));
        Assert.Equal((3, 0.0), Figures(OriginalityIndex.Build([("e.md", []), ("a.md", [1, 2, 3])]).Compare([1, 2, 3])));
    }

    [Fact]
    public void A_whole_document_is_seen_in_full()
    {
        var index = OriginalityIndex.Build([("a.md", Sequence(0, 50))]);

        Assert.Equal((50, 1.0), Figures(index.Compare(Sequence(0, 50))));
    }

    [Fact]
    public void The_figures_are_those_of_looking_everywhere()
    {
        var texts = from alphabet in Gen.Elements(2, 3, 8)
                    from documents in Gen.Choose(0, alphabet - 1).ListOf().ListOf()
                    from candidate in Gen.Choose(0, alphabet).ListOf(60)
                    select (Documents: documents.Select(document => document.ToArray()).ToArray(), Candidate: candidate.ToArray());
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(texts.ToArbitrary(), text =>
        {
            var report = OriginalityIndex.Build(text.Documents.Select((document, number) => ($"{number}", (IReadOnlyList<int>)document))).Compare(text.Candidate, shortestRun: 2);

            var lengths = Enumerable.Range(0, text.Candidate.Length).Select(start => Longest(text.Documents, text.Candidate.AsSpan(start))).ToList();
            Assert.Equal(lengths.Max(), report.LongestRun);
            Assert.Equal(lengths.Take(53).Count(length => length >= 8) / 53.0, report.SeenShare, 12);
            Assert.All(report.Runs, run => Assert.Equal(
                text.Candidate.AsSpan(run.Start, run.Length).ToArray(),
                text.Documents[int.Parse(run.Path, null)].AsSpan(run.SourceStart, run.Length).ToArray()));
        }));
    }

    private static (int LongestRun, double SeenShare) Figures(OriginalityReport report) => (report.LongestRun, report.SeenShare);

    private static int[] Sequence(int first, int count) => [.. Enumerable.Range(first, count)];

    private static int Longest(int[][] documents, ReadOnlySpan<int> text)
    {
        var longest = 0;
        foreach (var document in documents)
        {
            for (var start = 0; start < document.Length; start++)
            {
                longest = Math.Max(longest, text.CommonPrefixLength(document.AsSpan(start)));
            }
        }

        return longest;
    }
}
