using Pipeline.TrainerJob.Runs;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Tests.Runs;

public sealed class RunNameTests
{
    private const string Corpus = "0123456789abcdef";

    [Fact]
    public void A_name_is_digits_of_the_corpus_and_of_the_settings()
    {
        Assert.Matches("^01234567-[0-9a-f]{8}$", RunName.Of(Corpus, TrainingPreset.Tiny, 1));
    }

    [Fact]
    public void Equal_input_gives_an_equal_name()
    {
        Assert.Equal(RunName.Of(Corpus, TrainingPreset.Tiny, 1), RunName.Of(Corpus, TrainingPreset.Tiny with { Steps = TrainingPreset.Tiny.Steps }, 1));
    }

    [Fact]
    public void Any_other_number_gives_another_name()
    {
        var names = new[]
        {
            RunName.Of(Corpus, TrainingPreset.Tiny, 1),
            RunName.Of(Corpus, TrainingPreset.Tiny, 2),
            RunName.Of(Corpus, TrainingPreset.Tiny, 1, fourBits: true),
            RunName.Of(Corpus, TrainingPreset.Small, 1),
            RunName.Of(Corpus, TrainingPreset.Tiny with { LearningRate = 0.5 }, 1),
            RunName.Of("f" + Corpus[1..], TrainingPreset.Tiny, 1),
        };

        Assert.Equal(names.Length, names.Distinct().Count());
    }

    [Fact]
    public void A_repeated_run_has_its_number_after_it()
    {
        Assert.Equal(["a-b", "a-b-2", "a-b-3"], Enumerable.Range(1, 3).Select(number => RunName.Repeated("a-b", number)));
    }
}
