using Pipeline.TrainerJob.Export;

namespace Pipeline.TrainerJob.Tests.Export;

public sealed class BlockQuantizerTests
{
    private const int Rows = 24;
    private const int Columns = 96;

    [Theory]
    [InlineData(8, false)]
    [InlineData(4, false)]
    [InlineData(4, true)]
    public void What_is_restored_differs_by_half_a_step_or_was_cut(int bits, bool zeroPoints)
    {
        var values = Matrix(seed: 3, offset: zeroPoints ? 0.7f : 0);
        var matrix = Quantize(values, new(bits, 32, zeroPoints));
        var error = 0.0;
        var restored = new float[Columns];
        for (var row = 0; row < Rows; row++)
        {
            matrix.Restore(row, restored);
            for (var i = 0; i < Columns; i++)
            {
                var difference = Math.Abs(restored[i] - values[row][i]);
                error += difference * (double)difference;
                var step = Math.Abs(matrix.Scales[(row * 3) + (i / 32)]);
                Assert.True(difference <= step * 1.5, $"row {row}, column {i}: {values[row][i]} became {restored[i]}, the step is {step}");
            }
        }

        Assert.Equal(error, matrix.SquaredError, error * 1e-3);
    }

    [Fact]
    public void The_search_beats_the_scale_of_the_largest_value()
    {
        var values = Matrix(seed: 4, offset: 0);
        var plain = 0.0;
        foreach (var row in values)
        {
            foreach (var block in row.Chunk(32))
            {
                var scale = block.MaxBy(Math.Abs) / -8;
                plain += block.Sum(value => Math.Pow(value - ((Math.Clamp(Math.Round(value / scale) + 8, 0, 15) - 8) * scale), 2));
            }
        }

        Assert.InRange(Quantize(values, new(4, 32)).SquaredError, 0, 0.95 * plain);
    }

    [Fact]
    public void Zero_points_are_taken_where_values_lie_to_one_side_and_only_there()
    {
        // Each value stands beside its negative, so there is nothing for a zero point to shift.
        Assert.False(Choose([.. Matrix(seed: 5, offset: 0).Select(row => row.Select((value, i) => i % 2 == 0 ? value : -row[i - 1]).ToArray())]).ZeroPoints);
        Assert.True(Choose(Matrix(seed: 5, offset: 2)).ZeroPoints);

        static BlockFormat Choose(float[][] values) => BlockQuantizer.Choose((row, to) => values[row].CopyTo(to), Rows, Columns, new(4, 32));
    }

    [Fact]
    public void A_block_of_zeros_stays_zero_and_a_short_row_is_padded()
    {
        var matrix = BlockQuantizer.Quantize((_, to) => to.Clear(), 2, 20, new(4, 16));
        var restored = new float[20];
        matrix.Restore(1, restored);
        Assert.All(restored, value => Assert.Equal(0, value));
        Assert.Equal((2, 2 * 2 * 8), (matrix.Blocks, matrix.Values.Length));
    }

    private static BlockMatrix Quantize(float[][] values, BlockFormat format) =>
        BlockQuantizer.Quantize((row, to) => values[row].CopyTo(to), Rows, Columns, format);

    private static float[][] Matrix(int seed, float offset)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Rows).Select(_ => Enumerable.Range(0, Columns)
            .Select(_ => offset + (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))).ToArray())];
    }
}
