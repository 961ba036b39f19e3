using Pipeline.Testing;
using Pipeline.TrainerJob.Checkpoints;
using Pipeline.TrainerJob.Tests.Training;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Tests.Checkpoints;

public sealed class CheckpointStoreTests : IDisposable
{
    private const ulong Seed = 5;
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _warnings = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_saved_is_restored()
    {
        var saved = Engine(0.25f);
        var state = State(10, best: 10) with { Row = 123, Tokens = 9876, Smoothed = new SmoothedLoss(1.5, 0.5), Guard = new StepGuard(3, 0.1, 9, 1) };
        Store().Save(state, saved);
        var engine = Engine(0);

        var restored = Store().Restore(engine, Seed, _warnings.Add)!;

        Assert.Equal(state with { Files = restored.Files }, restored);
        Assert.All(engine.Weights[0].Values.ToArray(), value => Assert.Equal(0.25f, value));
        Assert.All(engine.OptimizerState[1].Values.ToArray(), value => Assert.Equal(0.5f, value));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void A_state_before_the_first_evaluation_is_restored_too()
    {
        Store().Save(CheckpointState.Start(Seed), Engine(1));

        Assert.True(double.IsNaN(Store().Restore(Engine(0), Seed, _warnings.Add)!.Best.BestLoss));
    }

    [Fact]
    public void The_last_two_and_the_best_are_kept()
    {
        foreach (var step in new[] { 10, 20, 30, 40 })
        {
            Store().Save(State(step, best: 10), Engine(step));
        }

        Assert.Equal([10, 30, 40], Store().Steps().Order());
        var engine = Engine(0);
        Store().LoadWeights(10, engine);
        Assert.Equal(10, engine.Weights[0].Values[0]);
    }

    [Theory]
    [InlineData("weights.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("state.json")]
    public void A_damaged_checkpoint_is_named_and_the_one_before_is_used(string file)
    {
        Store().Save(State(10, best: 10), Engine(1));
        Store().Save(State(20, best: 10), Engine(2));
        var path = _folder.Sub("20", file);
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..^7]);
        var engine = Engine(0);

        Assert.Equal(10, Store().Restore(engine, Seed, _warnings.Add)!.Step);
        Assert.Equal(1, engine.Weights[0].Values[0]);
        Assert.Contains(_folder.Sub("20"), Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void One_flipped_bit_is_noticed()
    {
        Store().Save(State(10, best: 10), Engine(1));
        var path = _folder.Sub("10", "weights.safetensors");
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        var engine = Engine(0);

        Assert.Null(Store().Restore(engine, Seed, _warnings.Add));
        Assert.Equal(0, engine.Weights[0].Values[0]);
        Assert.Single(_warnings);
    }

    [Fact]
    public void A_lost_best_checkpoint_costs_no_more_than_the_choice()
    {
        Store().Save(State(10, best: 10), Engine(1));
        Store().Save(State(20, best: 10), Engine(2));
        Directory.Delete(_folder.Sub("10"), recursive: true);

        var restored = Store().Restore(Engine(0), Seed, _warnings.Add)!;

        Assert.Equal((20, 0), (restored.Step, restored.Best.BestStep));
        Assert.Contains("best", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_another_model_is_not_used_and_leaves_the_engine_alone()
    {
        Store().Save(State(10, best: 10), Engine(1));
        var other = new BigramEngine(4);
        var before = other.Weights[0].Values.ToArray();

        Assert.Null(Store().Restore(other, Seed, _warnings.Add));
        Assert.Equal(before, other.Weights[0].Values.ToArray());
    }

    [Fact]
    public void A_checkpoint_of_another_seed_is_not_used()
    {
        Store().Save(State(10, best: 10), Engine(1));

        Assert.Null(Store().Restore(Engine(0), Seed + 1, _warnings.Add));
        Assert.Single(_warnings);
    }

    [Fact]
    public void A_half_written_checkpoint_is_not_seen_and_is_cleared_away()
    {
        Store().Save(State(10, best: 10), Engine(1));
        Directory.Move(_folder.Sub("10"), _folder.Sub(".writing-10"));

        Assert.Null(Store().Restore(Engine(0), Seed, _warnings.Add));
        Store().Save(State(20, best: 20), Engine(2));

        Assert.Equal(["20"], Directory.EnumerateDirectories(_folder.FullName).Select(Path.GetFileName));
    }

    private static CheckpointState State(int step, int best) =>
        CheckpointState.Start(Seed) with { Step = step, Best = new EarlyStopping(best, 2.5, 2, 0) };

    private static BigramEngine Engine(float value)
    {
        var engine = new BigramEngine(3);
        engine.Weights[0].Values.Fill(value);
        foreach (var tensor in engine.OptimizerState)
        {
            tensor.Values.Fill(2 * value);
        }

        return engine;
    }

    private CheckpointStore Store() => new(_folder.FullName);
}
