namespace Pipeline.Publishing;

/// <summary>Where a generated post comes from; it stands in the post's front matter.</summary>
/// <param name="Model">The version of the model that wrote it.</param>
/// <param name="Corpus">The id of the corpus that the model learned from.</param>
/// <param name="Seed">The seed of the draw.</param>
/// <param name="Sampler">The settings of the draw, such as <c>temperature 0.8, top-k 40</c>.</param>
public sealed record PostProvenance(string Model, string Corpus, ulong Seed, string Sampler);
