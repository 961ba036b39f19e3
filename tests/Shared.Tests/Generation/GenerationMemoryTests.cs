using Pipeline.Generation;

namespace Pipeline.Shared.Tests.Generation;

/// <summary>Runs when no other test does: it looks at the memory of the process.</summary>
[CollectionDefinition(nameof(GenerationMemoryTests), DisableParallelization = true)]
[Collection(nameof(GenerationMemoryTests))]
public sealed class GenerationMemoryTests(TestModel test)
{
    [Fact]
    public async Task Five_hundred_generations_leave_the_memory_flat()
    {
        using var model = LanguageModel.Load(test.Folder);
        var generator = new TextGenerator(model);
        await Many(20);
        var before = Environment.WorkingSet;
        await Many(500);

        Assert.InRange(model.CachesCreated, 1, 4);
        // Generous: one cache of the largest request takes half a megabyte, so losing one a generation would show.
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 40L << 20);

        async Task Many(int count)
        {
            for (var i = 0; i < count; i++)
            {
                var request = new GenerationRequest { Prompt = "The cat ", Samples = 1 + (i % 4 * 5), Sampling = new() { Seed = (ulong)i, MaxTokens = 40 } };
                await generator.GenerateAsync(request, TestContext.Current.CancellationToken);
            }
        }
    }
}
