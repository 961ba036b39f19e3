namespace Pipeline.TrainerJob.Training;

/// <summary>What a model in training writes.</summary>
/// <param name="Seed">The seed of the draw.</param>
/// <param name="Prompt">The text it goes on from; may be empty.</param>
/// <param name="Text">What it wrote.</param>
/// <param name="Copied">The longest run of tokens that stands in the training text word for word, prompt left out.</param>
internal sealed record TrainingSample(ulong Seed, string Prompt, string Text, int Copied);
