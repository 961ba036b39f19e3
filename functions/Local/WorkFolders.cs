namespace Pipeline.Functions.Local;

/// <summary>The folders below a work folder.</summary>
internal sealed record WorkFolders(string Root)
{
    /// <summary>The blob store.</summary>
    public string Store => Path.Combine(Root, "store");

    /// <summary>The blog's copy: a git repository whose main branch is the blog as given.</summary>
    public string Blog => Path.Combine(Root, "blog");

    /// <summary>Receipts and timers of the embedded host.</summary>
    public string Host => Path.Combine(Root, "host");

    /// <summary>Models, checked and ready to load.</summary>
    public string ModelCache => Path.Combine(Root, "model-cache");

    /// <summary>Points settings to these folders where the environment says nothing else.</summary>
    public PipelineSettings Configure(PipelineSettings settings)
    {
        settings.Store = settings.Store.Length == 0 ? Store : settings.Store;
        settings.BlogRepository ??= Blog;
        settings.ModelCache = ModelCache;
        return settings;
    }
}
