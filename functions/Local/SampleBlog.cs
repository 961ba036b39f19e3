namespace Pipeline.Functions.Local;

/// <summary>The blog that a newcomer tries the product on.</summary>
internal static class SampleBlog
{
    /// <summary>Its folder in a checkout, found upwards from this program.</summary>
    /// <exception cref="DirectoryNotFoundException">This program does not lie in a checkout.</exception>
    public static string Folder
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                var sample = Path.Combine(folder.FullName, "tests", "SampleBlog");
                if (Directory.Exists(sample))
                {
                    return sample;
                }
            }

            throw new DirectoryNotFoundException("The sample blog is only in a checkout of the repository. Name your blog's folder: --blog DIR.");
        }
    }
}
