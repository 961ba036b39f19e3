using System.ComponentModel.DataAnnotations;

namespace Pipeline.Publishing;

/// <summary>How posts reach the blog's repository.</summary>
public sealed class PublishOptions
{
    /// <summary>The branch that posts are based on.</summary>
    [Required]
    public string BaseBranch { get; set; } = "main";

    /// <summary>The folder of posts; null puts them where the blog's own lie.</summary>
    public string? Directory { get; set; }

    /// <summary>The name that commits bear.</summary>
    [Required]
    public string AuthorName { get; set; } = "Pipeline";

    /// <summary>The address that commits bear.</summary>
    [Required]
    public string AuthorEmail { get; set; } = "pipeline@localhost";

    /// <summary>Whether pull requests begin as drafts.</summary>
    public bool Draft { get; set; } = true;

    /// <summary>The label of pull requests.</summary>
    [Required]
    public string Label { get; set; } = "ai-generated";

    /// <summary>Who is asked to look at pull requests; null for nobody.</summary>
    public string? Reviewer { get; set; }

    /// <summary>Whether pull requests are merged by themselves once their checks and reviews allow it. They are then no drafts.</summary>
    public bool AutoMerge { get; set; }

    /// <summary>Pull requests of ours that may wait at a time; with more, no further one is opened.</summary>
    [Range(1, 100)]
    public int MostOpen { get; set; } = 3;
}
