using FsCheck;
using FsCheck.Fluent;
using Pipeline.TrainerJob.Training;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Tests.Training;

public sealed class PackedBlocksTests
{
    private const int EndOfText = 99;

    [Fact]
    public void Every_token_but_a_documents_first_is_predicted_exactly_once_from_the_token_before_it()
    {
        var documents = from lengths in Gen.ListOf(Gen.Choose(1, 70))
                        select lengths.Select((length, index) => Document(index, length)).ToArray();
        Prop.ForAll(documents.ToArbitrary(), texts =>
        {
            var expected = texts.SelectMany(ids => ids.Zip(ids.Skip(1))).Order().ToList();
            var found = Rows(PackedBlocks.Pack(texts, 32, EndOfText))
                .SelectMany(row => row.Where(token => token.Label != TrainingBatch.Ignored).Select(token => ((int)token.Id, (int)token.Label))).Order().ToList();
            return expected.SequenceEqual(found);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Positions_begin_at_zero_in_every_segment_and_stay_below_the_context()
    {
        int[][] texts = [Document(0, 10), Document(1, 80), Document(2, 7), Document(3, 33)];

        foreach (var row in Rows(PackedBlocks.Pack(texts, 32, EndOfText)))
        {
            for (var i = 0; i < row.Count; i++)
            {
                var begins = i == 0 || row[i].Segment != row[i - 1].Segment;
                Assert.Equal(begins ? 0 : row[i - 1].Position + 1, row[i].Position);
                Assert.InRange(row[i].Position, 0, 31);
            }
        }
    }

    [Fact]
    public void A_segment_holds_tokens_of_one_document_alone()
    {
        int[][] texts = [Document(0, 10), Document(1, 12), Document(2, 7), Document(3, 100)];

        foreach (var row in Rows(PackedBlocks.Pack(texts, 32, EndOfText)))
        {
            foreach (var segment in row.Where(token => token.Label != TrainingBatch.Ignored).GroupBy(token => token.Segment))
            {
                Assert.Single(segment.Where(token => token.Id != EndOfText).Select(token => token.Id / 1000).Distinct());
            }
        }
    }

    [Fact]
    public void Padding_is_a_segment_of_its_own_without_labels()
    {
        var row = Rows(PackedBlocks.Pack([Document(0, 20)], 256, EndOfText)).Single();

        Assert.Equal(32, row.Count);
        Assert.All(row.Skip(19), token => Assert.Equal((EndOfText, 1L, TrainingBatch.Ignored), (token.Id, token.Segment, token.Label)));
    }

    [Theory]
    [InlineData(5, 16)]
    [InlineData(17, 16)]
    [InlineData(18, 32)]
    [InlineData(100, 128)]
    [InlineData(5000, 128)]
    public void A_corpus_below_one_block_gets_the_smallest_power_of_two_that_holds_it(int tokens, int length)
    {
        Assert.Equal(length, PackedBlocks.Pack([Document(0, tokens)], 128, EndOfText).Length);
    }

    [Fact]
    public void Little_padding_is_left_when_posts_are_short()
    {
        var random = new Random(7);
        var texts = Enumerable.Range(0, 300).Select(index => Document(index, random.Next(20, 300))).ToArray();

        var blocks = PackedBlocks.Pack(texts, 256, EndOfText);

        Assert.True(blocks.Labels > 0.97 * blocks.Count * blocks.Length, $"{blocks.Labels} labels in {blocks.Count} blocks of {blocks.Length}");
    }

    [Fact]
    public void Documents_without_a_token_to_predict_give_no_block()
    {
        Assert.Equal(0, PackedBlocks.Pack([[EndOfText], []], 32, EndOfText).Count);
    }

    /// <summary>Ids that tell their document (the thousands) and their place.</summary>
    private static int[] Document(int index, int length) =>
        [EndOfText, .. Enumerable.Range(0, Math.Max(0, length - 2)).Select(place => (index + 1) * 1000 + place), .. length > 1 ? new[] { EndOfText } : []];

    private static IEnumerable<List<(long Id, long Label, long Position, long Segment)>> Rows(PackedBlocks blocks)
    {
        var batch = new TrainingBatch(2, blocks.Length);
        for (var block = 0; block < blocks.Count; block++)
        {
            // The second row, so that a wrong offset would show.
            blocks.Fill(batch, 1, block);
            yield return [.. Enumerable.Range(blocks.Length, blocks.Length).Select(i => (batch.InputIds[i], batch.Labels[i], batch.PositionIds[i], batch.Segments[i]))];
        }
    }
}
