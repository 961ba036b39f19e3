namespace Pipeline.TrainerJob.Models;

/// <summary>
/// Low-rank adaptation (Hu et al. 2021, https://arxiv.org/abs/2106.09685): beside each chosen matrix W [in, out], which stays as it is,
/// two small ones are trained, y = xW + b + (alpha / rank) · (x · Aᵀ) · Bᵀ with A [rank, in] and B [out, rank].
/// </summary>
/// <param name="Rank">The adapters' inner width; 0 trains nothing at all.</param>
/// <param name="Alpha">The adapters' weight is Alpha / Rank.</param>
/// <param name="Targets">Which matrices have one.</param>
public sealed record LoraSettings(int Rank = 8, double Alpha = 16, LoraTargets Targets = LoraTargets.AttentionInput)
{
    private static readonly (LoraTargets Target, string Module)[] Modules =
    [
        (LoraTargets.AttentionInput, "attn.c_attn"),
        (LoraTargets.AttentionOutput, "attn.c_proj"),
        (LoraTargets.MlpInput, "mlp.c_fc"),
        (LoraTargets.MlpOutput, "mlp.c_proj"),
    ];

    /// <summary>What the adapters' products are multiplied by.</summary>
    public double Factor => Rank == 0 ? 0 : Alpha / Rank;

    /// <summary>The names of the chosen matrices below a block, such as <c>attn.c_attn</c>, in the order of a block.</summary>
    public IEnumerable<string> ModuleNames => Modules.Where(module => Targets.HasFlag(module.Target)).Select(module => module.Module);

    /// <summary>The targets of their names, with or without what comes before the dot; <c>c_proj</c> alone means both, as in PEFT.</summary>
    /// <exception cref="ArgumentException">A name is unknown; the message lists those that are known.</exception>
    public static LoraTargets Parse(IEnumerable<string> names)
    {
        var targets = LoraTargets.None;
        foreach (var name in names)
        {
            var found = Modules.Where(module => module.Module == name || module.Module.EndsWith("." + name, StringComparison.Ordinal)).ToList();
            if (found.Count == 0)
            {
                throw new ArgumentException($"'{name}' is no matrix of a GPT-2 block; choose of {string.Join(", ", Modules.Select(module => module.Module))}.", nameof(names));
            }

            found.ForEach(module => targets |= module.Target);
        }

        return targets;
    }

    internal bool Adapts(string module) => Rank > 0 && ModuleNames.Contains(module);
}
