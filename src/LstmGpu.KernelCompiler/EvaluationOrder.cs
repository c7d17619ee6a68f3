using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LstmGpu.KernelCompiler;

/// <summary>
/// C# evaluates from left to right, C in any order. A side effect inside an expression is let through only where no order can be told apart:
/// on a variable that the expression names once, or in a call beside which nothing reads or writes memory.
/// </summary>
internal static class EvaluationOrder
{
    public static void Check(IOperation root, Unit unit)
    {
        foreach (IOperation operation in root.DescendantsAndSelf())
        {
            bool isLost = operation switch
            {
                IIncrementOrDecrementOperation step => step == root ? HasEffect(step.Target) : !NamedOnce(step.Target, root) || IsTwice(step, root),
                ICompoundAssignmentOperation compound => compound == root ? HasEffect(compound.Target) || Overlaps(compound) : !NamedOnce(compound.Target, root) || IsTwice(compound, root),
                ISimpleAssignmentOperation assignment when assignment != root && assignment.Parent is not IObjectOrCollectionInitializerOperation =>
                    !NamedOnce(assignment.Target, root) || IsTwice(assignment, root),
                IInvocationOperation call => IsLost(call, root, unit),
                _ => false,
            };
            if (isLost)
            {
                unit.Report(Rules.Order, operation.Syntax);
            }
        }
    }

    private static bool IsLost(IInvocationOperation call, IOperation root, Unit unit)
    {
        foreach (IArgumentOperation argument in call.Arguments.Where(a => a.Parameter?.RefKind is RefKind.Ref or RefKind.Out))
        {
            if (Symbol(argument.Value) is { } variable && (Count(variable, root) - (IsPlainTarget(variable, root) ? 1 : 0) > 1 || IsTwice(call, root)))
            {
                return true;
            }
        }

        return call != root && ChangesMemory(call, unit, []) && (IsTwice(call, root) || TouchesMemoryOutside(call, root));
    }

    // x = f(ref x): the call has returned before the assignment stores.
    private static bool IsPlainTarget(ISymbol variable, IOperation root) =>
        root is ISimpleAssignmentOperation assignment && SymbolEqualityComparer.Default.Equals(Symbol(assignment.Target), variable);

    private static bool HasEffect(IOperation operation) => operation.DescendantsAndSelf().Any(o =>
        o is IAssignmentOperation or IIncrementOrDecrementOperation || (o is IInvocationOperation call && !TypeText.IsView(call.Type)));

    // x += f(ref x): C# reads x before the call.
    private static bool Overlaps(ICompoundAssignmentOperation compound) => HasEffect(compound.Value)
        && (Symbol(compound.Target) is not { } variable || compound.Value.DescendantsAndSelf().OfType<IArgumentOperation>()
            .Any(a => a.Parameter?.RefKind is RefKind.Ref or RefKind.Out && SymbolEqualityComparer.Default.Equals(Symbol(a.Value), variable)))
        && compound.Value.DescendantsAndSelf().OfType<IInvocationOperation>().Any(c => c.Arguments.Any(a => a.Parameter?.RefKind is RefKind.Ref or RefKind.Out));

    /// <summary>Math.Min and its like, and compound targets, name an operand twice in C.</summary>
    private static bool IsTwice(IOperation operation, IOperation root)
    {
        for (IOperation? parent = operation.Parent; parent is not null && operation != root; operation = parent, parent = parent.Parent)
        {
            if (parent is IInvocationOperation { TargetMethod.ContainingType: { Name: "Math" or "ArrayView" } }
                || (parent is IArgumentOperation { Parent: IInvocationOperation { TargetMethod.ContainingType: { Name: "Math" or "ArrayView" } } })
                || (parent is ICompoundAssignmentOperation or IIncrementOrDecrementOperation && parent.ChildOperations.First() == operation))
            {
                return true;
            }

            if (parent == root)
            {
                return false;
            }
        }

        return false;
    }

    private static bool NamedOnce(IOperation target, IOperation root) =>
        target is ILocalReferenceOperation or IParameterReferenceOperation { Parameter.RefKind: RefKind.None } && Count(Symbol(target)!, root) == 1;

    private static ISymbol? Symbol(IOperation operation) => operation switch
    {
        ILocalReferenceOperation local => local.Local,
        IParameterReferenceOperation parameter => parameter.Parameter,
        IFieldReferenceOperation { Instance: { } instance } => Symbol(instance),
        IDeclarationExpressionOperation declared => Symbol(declared.Expression),
        _ => null,
    };

    private static int Count(ISymbol symbol, IOperation root) =>
        root.DescendantsAndSelf().Count(o => o is ILocalReferenceOperation or IParameterReferenceOperation && SymbolEqualityComparer.Default.Equals(Symbol(o), symbol));

    private static bool TouchesMemoryOutside(IInvocationOperation call, IOperation root)
    {
        var inside = new HashSet<IOperation>(call.DescendantsAndSelf());
        IOperation? target = (root as ISimpleAssignmentOperation)?.Target;
        return root.DescendantsAndSelf().Any(o => !inside.Contains(o) && o != target && o switch
        {
            IPropertyReferenceOperation { Property.IsIndexer: true } => true,
            IParameterReferenceOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } => true,
            IInvocationOperation other => !other.TargetMethod.ContainingType.Name.StartsWith("Math", StringComparison.Ordinal),
            _ => false,
        });
    }

    /// <summary>Does a call, or anything that it calls, store through a view or a ref, or meet other threads?</summary>
    private static bool ChangesMemory(IInvocationOperation call, Unit unit, HashSet<ISymbol> seen)
    {
        IMethodSymbol method = call.TargetMethod;
        if (TypeText.IsIlgpu(method.ContainingType))
        {
            return method.ContainingType.Name is "Atomic" or "Group" or "Warp" or "MemoryFence";
        }

        if (call.Arguments.Any(a => a.Parameter?.RefKind is RefKind.Ref or RefKind.Out && Symbol(a.Value) is null or IParameterSymbol { RefKind: not RefKind.None }))
        {
            return true;
        }

        return seen.Add(method) && unit.BodyOf(method) is { } body && body.Descendants().Any(o => o switch
        {
            IAssignmentOperation { Parent: IObjectOrCollectionInitializerOperation } => false,
            IAssignmentOperation assignment => Symbol(assignment.Target) is null,
            IIncrementOrDecrementOperation step => Symbol(step.Target) is null,
            IInvocationOperation inner => ChangesMemory(inner, unit, seen),
            _ => false,
        });
    }
}
