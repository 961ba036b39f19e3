using Pipeline.Quality;
using Pipeline.Testing;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Checkpoints;
using Pipeline.TrainerJob.Training;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Tests.Training;

public sealed class TrainingLoopTests : IDisposable
{
    // Every byte a token, and the end of text.
    private static readonly BpeTokenizer Alphabet = BpeTrainer.Train(["a"], 257, CancellationToken.None);

    private const int Vocabulary = 20;
    private readonly TemporaryFolder _folder = new();
    private readonly List<TrainingEvent> _events = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_loss_reaches_the_entropy_of_the_text()
    {
        // After 1 comes 2 or 3 with equal chance; everything else is certain: ln 2 for every fourth prediction at most.
        int[] text = [.. Enumerable.Range(0, 400).SelectMany(i => new[] { 1, i % 2 == 0 ? 2 : 3, 4, 5 })];
        var train = PackedBlocks.Pack([text], 64, 0);

        var outcome = await Loop(new BigramEngine(Vocabulary), train, null, Plan(train, steps: 400)).RunAsync(TestContext.Current.CancellationToken);

        Assert.IsType<TrainingOutcome.Finished>(outcome);
        Assert.Equal(Math.Log(2) / 4, outcome.State.Smoothed.Value, 0.02);
    }

    [Fact]
    public async Task Every_step_is_reported_with_its_epoch_and_the_last_is_evaluated()
    {
        var train = Text(500, seed: 1);
        var loop = Loop(new BigramEngine(Vocabulary), train, Text(100, seed: 2), Plan(train, steps: 13) with { EvaluationInterval = 5 });

        await loop.RunAsync(TestContext.Current.CancellationToken);

        var records = Records();
        Assert.Equal(Enumerable.Range(1, 13), records.Select(record => record.Step));
        Assert.Equal([5, 10, 13], records.Where(record => record.ValidationLoss is not null).Select(record => record.Step));
        Assert.Equal(13.0 * 4 / train.Count, records[^1].Epoch, 12);
    }

    [Fact]
    public async Task The_validation_loss_is_the_mean_over_all_held_out_tokens()
    {
        var train = Text(500, seed: 1);
        var held = Text(333, seed: 2);
        var engine = new BigramEngine(Vocabulary);

        await Loop(engine, train, held, Plan(train, steps: 3)).RunAsync(TestContext.Current.CancellationToken);

        var everything = new TrainingBatch(held.Count, held.Length);
        for (var block = 0; block < held.Count; block++)
        {
            held.Fill(everything, block, block);
        }

        var expected = engine.Evaluate(everything);
        Assert.Equal(expected.SummedLoss / expected.Tokens, Records()[^1].ValidationLoss!.Value, 1e-12);
    }

    [Fact]
    public async Task Training_ends_when_the_validation_loss_no_longer_falls_and_the_best_step_is_kept()
    {
        // Held-out text of other habits: what is learned soon harms.
        var train = Text(200, seed: 1);
        var outcome = await Loop(new BigramEngine(Vocabulary), train, Text(200, seed: 2), Plan(train, steps: 1000) with { Patience = 3 })
            .RunAsync(TestContext.Current.CancellationToken);

        var finished = Assert.IsType<TrainingOutcome.Finished>(outcome);
        Assert.Equal(StopReason.NoGain, finished.Reason);
        Assert.Equal(3, finished.State.Best.EvaluationsSince);
        var best = Records().Where(record => record.ValidationLoss is not null).MinBy(record => record.ValidationLoss)!;
        Assert.Equal((best.Step, best.ValidationLoss!.Value), (finished.State.Best.BestStep, finished.State.Best.BestLoss));
        Assert.Contains(best.Step, Store().Steps());
    }

    [Fact]
    public async Task A_limit_ends_the_run_with_an_evaluation_and_a_checkpoint_of_its_last_step()
    {
        var train = Text(200, seed: 1);
        var plan = Plan(train, steps: 1_000_000) with { EvaluationInterval = 1_000_000, Limits = new RunLimits(Time: TimeSpan.FromMilliseconds(50)) };

        var finished = Assert.IsType<TrainingOutcome.Finished>(
            await Loop(new BigramEngine(Vocabulary), train, Text(200, seed: 1), plan).RunAsync(TestContext.Current.CancellationToken));

        Assert.Equal(StopReason.Time, finished.Reason);
        Assert.NotNull(Records()[^1].ValidationLoss);
        Assert.Equal((finished.State.Step, finished.State.Step), (finished.State.Best.BestStep, Store().Steps().Single()));
        Assert.Contains(_events.OfType<TrainingEvent.Warned>(), warned => warned.Message.Contains("--steps", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Text_learned_by_heart_ends_the_run()
    {
        // Each token has one successor, so even pairs are enough to learn the text by heart.
        var post = Enumerable.Range(10, 40).Select(id => id * 7 % 256).ToArray();
        int[] ids = [Alphabet.EndOfTextId, .. post, Alphabet.EndOfTextId];
        var train = PackedBlocks.Pack([ids, ids], 64, 0);
        var sampler = new TrainingSampler(Alphabet, OriginalityIndex.Build([("post", ids)]), [""], context: 64, trainedTokens: 1e9);
        var plan = Plan(train, steps: 5000) with { Rows = 2, Limits = new RunLimits(MostCopied: 20) };
        var loop = new TrainingLoop(new BigramEngine(Alphabet.VocabularySize), train, null, plan, 7, Store(), TimeProvider.System, Report, sampler);

        var finished = Assert.IsType<TrainingOutcome.Finished>(await loop.RunAsync(TestContext.Current.CancellationToken));

        Assert.Equal(StopReason.Memorised, finished.Reason);
        var samples = _events.OfType<TrainingEvent.Sampled>().ToList();
        Assert.True(samples[0].Samples.Single().Copied < 20);
        Assert.True(samples[^1].Samples.Single().Copied >= 20);
        Assert.Equal(finished.State.Copied, Records()[^1].Copied);
    }

    [Fact]
    public async Task A_step_of_many_passes_is_given_up_when_the_run_is_stopped_and_taken_anew()
    {
        var train = Text(500, seed: 1);
        var plan = Plan(train, steps: 10) with { Accumulation = 4 };
        var unbroken = new BigramEngine(Vocabulary);
        await Loop(unbroken, train, null, plan, "unbroken").RunAsync(TestContext.Current.CancellationToken);

        using var stop = new CancellationTokenSource();
        var first = new BigramEngine(Vocabulary) { AfterPass = pass => StopAt(pass, (4 * 6) + 2, stop) };
        var outcome = await Loop(first, train, null, plan).RunAsync(stop.Token);

        Assert.Equal(6, Assert.IsType<TrainingOutcome.Interrupted>(outcome).State.Step);
        Assert.Equal((4 * 6) + 2, first.Passes);
        var second = new BigramEngine(Vocabulary, seed: 99);
        await Loop(second, train, null, plan).RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal(unbroken.Weights[0].Values.ToArray(), second.Weights[0].Values.ToArray());
    }

    [Fact]
    public async Task A_stopped_and_resumed_run_ends_with_the_weights_of_an_unbroken_one()
    {
        var train = Text(500, seed: 1);
        var held = Text(100, seed: 2);
        var unbroken = new BigramEngine(Vocabulary);
        await Loop(unbroken, train, held, Plan(train, steps: 40), "unbroken").RunAsync(TestContext.Current.CancellationToken);
        var expected = Records();
        _events.Clear();

        using var stop = new CancellationTokenSource();
        var first = new BigramEngine(Vocabulary) { AfterPass = pass => StopAt(pass, 17, stop) };
        var outcome = await Loop(first, train, held, Plan(train, steps: 40)).RunAsync(stop.Token);
        Assert.Equal(17, Assert.IsType<TrainingOutcome.Interrupted>(outcome).State.Step);
        var second = new BigramEngine(Vocabulary, seed: 99);
        await Loop(second, train, held, Plan(train, steps: 40)).RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal(unbroken.Weights[0].Values.ToArray(), second.Weights[0].Values.ToArray());
        Assert.Equal(
            expected.Select(record => record with { TokensPerSecond = 0 }),
            Records().Select(record => record with { TokensPerSecond = 0 }));
    }

    [Fact]
    public async Task A_killed_run_goes_on_from_its_last_checkpoint_to_the_same_weights()
    {
        var train = Text(500, seed: 1);
        var unbroken = new BigramEngine(Vocabulary);
        await Loop(unbroken, train, train, Plan(train, steps: 40), "unbroken").RunAsync(TestContext.Current.CancellationToken);

        var killed = new BigramEngine(Vocabulary) { AfterPass = pass => Fail(pass, 23) };
        await Assert.ThrowsAsync<InvalidOperationException>(() => Loop(killed, train, train, Plan(train, steps: 40)).RunAsync(TestContext.Current.CancellationToken));
        var second = new BigramEngine(Vocabulary, seed: 99);
        await Loop(second, train, train, Plan(train, steps: 40)).RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal(unbroken.Weights[0].Values.ToArray(), second.Weights[0].Values.ToArray());
        Assert.Equal(unbroken.OptimizerState[1].Values.ToArray(), second.OptimizerState[1].Values.ToArray());
    }

    [Fact]
    public async Task A_finished_run_is_not_trained_again()
    {
        var train = Text(500, seed: 1);
        await Loop(new BigramEngine(Vocabulary), train, null, Plan(train, steps: 10)).RunAsync(TestContext.Current.CancellationToken);
        var again = new BigramEngine(Vocabulary);

        var outcome = await Loop(again, train, null, Plan(train, steps: 10)).RunAsync(TestContext.Current.CancellationToken);

        Assert.IsType<TrainingOutcome.Finished>(outcome);
        Assert.Equal((10, 0), (outcome.State.Step, again.Passes));
    }

    [Fact]
    public async Task A_step_whose_loss_is_no_number_changes_nothing_and_is_reported()
    {
        var train = Text(500, seed: 1);
        var engine = new BigramEngine(Vocabulary) { Pretend = pass => pass == 4 ? double.NaN : null };

        var outcome = await Loop(engine, train, null, Plan(train, steps: 10)).RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal((10, 9), (outcome.State.Step, outcome.State.Updates));
        Assert.Equal([4], Records().Where(record => record.Skipped is not null).Select(record => record.Step));
        Assert.True(double.IsFinite(outcome.State.Smoothed.Value));
    }

    [Fact]
    public async Task Three_bad_steps_in_a_row_end_the_run_with_the_last_checkpoint_intact()
    {
        var train = Text(500, seed: 1);
        var engine = new BigramEngine(Vocabulary) { Pretend = pass => pass > 20 ? double.NaN : null };

        var failure = await Assert.ThrowsAsync<TrainingDivergedException>(() => Loop(engine, train, null, Plan(train, steps: 40)).RunAsync(TestContext.Current.CancellationToken));

        Assert.Contains("step 23", failure.Message, StringComparison.Ordinal);
        Assert.Equal(20, Store().Restore(new BigramEngine(Vocabulary), 7, _ => { })!.Step);
    }

    [Fact]
    public async Task Gradients_gathered_over_passes_equal_those_of_one_large_batch()
    {
        var train = Text(2000, seed: 1);
        var large = new BigramEngine(Vocabulary);
        var gathered = new BigramEngine(Vocabulary);

        await Loop(large, train, null, Plan(train, steps: 20) with { Rows = 8 }, "large").RunAsync(TestContext.Current.CancellationToken);
        await Loop(gathered, train, null, Plan(train, steps: 20) with { Rows = 2, Accumulation = 4 }).RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal(80, gathered.Passes);
        for (var i = 0; i < large.Weights[0].Values.Length; i++)
        {
            Assert.Equal(large.Weights[0].Values[i], gathered.Weights[0].Values[i], 1e-5);
        }
    }

    [Fact]
    public void A_sample_of_held_out_posts_takes_whole_ones_from_the_whole_list()
    {
        List<int[]> posts = [.. Enumerable.Range(0, 100).Select(index => new int[50 + index])];

        var sample = Evaluation.Sample(posts, 1000);

        Assert.InRange(sample.Sum(post => post.Length), 900, 1200);
        Assert.All(sample, post => Assert.Contains(post, posts));
        Assert.Contains(sample, post => post.Length > 130);
        Assert.Same(posts, Evaluation.Sample(posts, 1_000_000));
    }

    private static void StopAt(int pass, int at, CancellationTokenSource stop)
    {
        if (pass == at)
        {
            stop.Cancel();
        }
    }

    private static void Fail(int pass, int at)
    {
        if (pass == at)
        {
            throw new InvalidOperationException("killed");
        }
    }

    private static PackedBlocks Text(int tokens, int seed)
    {
        var random = new Random(seed);
        return PackedBlocks.Pack([.. Enumerable.Range(0, 5).Select(_ => Enumerable.Range(0, tokens / 5).Select(_ => random.Next(1, Vocabulary)).ToArray())], 16, 0);
    }

    private static TrainingPlan Plan(PackedBlocks train, int steps) => TrainingPlan.For(
        TrainingPreset.Tiny with { Steps = steps, Rows = 4, Epochs = 100_000, LearningRate = 0.05, WarmupSteps = 3 }, train.Count, validated: true) with
    {
        EvaluationInterval = 4,
    };

    private TrainingLoop Loop(BigramEngine engine, PackedBlocks train, PackedBlocks? held, TrainingPlan plan, string run = "run") =>
        new(engine, train, held, plan, seed: 7, Store(run), TimeProvider.System, Report);

    private Task Report(TrainingEvent happened)
    {
        _events.Add(happened);
        return Task.CompletedTask;
    }

    private CheckpointStore Store(string run = "run") => new(_folder.Sub(run));

    private List<StepRecord> Records() => [.. _events.OfType<TrainingEvent.StepDone>().Select(step => step.Record)];
}
