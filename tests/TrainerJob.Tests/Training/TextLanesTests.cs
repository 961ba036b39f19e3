using Pipeline.TrainerJob.Training;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Tests.Training;

public sealed class TextLanesTests
{
    private const int EndOfText = 0;
    private readonly int[][] _documents = [.. Enumerable.Range(1, 9).Select(number => (int[])[EndOfText, .. Enumerable.Range(0, 5 * number).Select(i => (number * 100) + i), EndOfText])];

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 4)]
    [InlineData(false, 1)]
    [InlineData(false, 4)]
    public void Every_token_but_a_documents_first_is_predicted_once_in_a_row_that_goes_on(bool whole, int rows)
    {
        var text = whole ? TextLanes.Whole(_documents, rows, 8, EndOfText) : TextLanes.Even(_documents, rows, 8, EndOfText, seed: 5);
        var order = text.Order(seed: 1);
        var batch = new TrainingBatch(rows, 8);
        List<long>[] predicted = [.. Enumerable.Range(0, rows).Select(_ => new List<long>())];
        long?[] expected = new long?[rows];
        for (var first = 0; first < text.Count; first += rows)
        {
            for (var row = 0; row < rows; row++)
            {
                Assert.Equal(text.BlockAt(first + row), order(first + row));
                text.Fill(batch, row, order(first + row));
                for (var i = row * 8; i < (row + 1) * 8; i++)
                {
                    // What was predicted is read next, unless a text begins anew.
                    Assert.True(batch.PositionIds[i] == 0 || batch.Labels[i] == TrainingBatch.Ignored || batch.InputIds[i] == expected[row]);
                    expected[row] = batch.Labels[i];
                    if (batch.Labels[i] != TrainingBatch.Ignored)
                    {
                        predicted[row].Add(batch.Labels[i]);
                    }
                }
            }
        }

        Assert.Equal(_documents.SelectMany(document => document[1..]).Select(id => (long)id).Order(), predicted.SelectMany(row => row).Order());
        Assert.Equal(_documents.Sum(document => document.Length - 1), text.Labels);
    }

    [Fact]
    public void Judged_documents_are_never_cut()
    {
        var text = TextLanes.Whole(_documents, 3, 8, EndOfText);
        var batch = new TrainingBatch(1, 8);
        var starts = 0;
        for (var block = 0; block < text.Count; block++)
        {
            text.Fill(batch, 0, block);
            starts += Enumerable.Range(0, 8).Count(i => batch.PositionIds[i] == 0 && batch.Labels[i] != TrainingBatch.Ignored);
        }

        Assert.Equal(_documents.Length, starts);
    }

    [Fact]
    public void A_text_shorter_than_a_block_is_one_lane()
    {
        var text = TextLanes.Even([[EndOfText, 1, 2, EndOfText]], 16, 64, EndOfText, seed: 1);
        Assert.Equal((1, 1, 3L), (text.Rows(16), text.Count, text.Labels));
    }
}
