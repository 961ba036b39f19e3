using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Tests.Training;

public sealed class BatchOrderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(57)]
    public void Each_epoch_reads_every_block_once(int blocks)
    {
        var order = new BatchOrder(blocks, seed: 3);

        for (var epoch = 0; epoch < 4; epoch++)
        {
            Assert.Equal(Enumerable.Range(0, blocks), Epoch(order, blocks, epoch).Order());
        }
    }

    [Fact]
    public void Epochs_and_seeds_have_orders_of_their_own()
    {
        var orders = from seed in new ulong[] { 0, 1, 2, ulong.MaxValue }
                     from epoch in Enumerable.Range(0, 5)
                     select string.Join(',', Epoch(new BatchOrder(40, seed), 40, epoch));

        Assert.Equal(20, orders.Distinct().Count());
    }

    [Fact]
    public void The_order_does_not_depend_on_what_was_read_before()
    {
        var straight = new BatchOrder(40, seed: 3);
        var read = Enumerable.Range(0, 200).Select(row => straight.BlockAt(row)).ToList();

        Assert.Equal(read[150..], Enumerable.Range(150, 50).Select(row => new BatchOrder(40, seed: 3).BlockAt(row)));
    }

    [Fact]
    public void Every_place_is_about_equally_likely()
    {
        const int blocks = 5, epochs = 5000;
        var order = new BatchOrder(blocks, seed: 11);
        var counts = new int[blocks, blocks];
        for (var row = 0; row < blocks * epochs; row++)
        {
            counts[row % blocks, order.BlockAt(row)]++;
        }

        // A fair count is 1000 with a standard deviation of 28.
        Assert.All(counts.Cast<int>(), count => Assert.InRange(count, 850, 1150));
    }

    private static List<int> Epoch(BatchOrder order, int blocks, int epoch) =>
        [.. Enumerable.Range(epoch * blocks, blocks).Select(row => order.BlockAt(row))];
}
